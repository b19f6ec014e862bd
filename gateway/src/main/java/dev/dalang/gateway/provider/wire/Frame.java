package dev.dalang.gateway.provider.wire;

/**
 * One message of a stream.
 *
 * @param name of the event, empty where the stream names none
 * @param data JSON, or what else the provider sends
 */
public record Frame(String name, String data) {}
