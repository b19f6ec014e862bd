package dev.dalang.gateway.provider.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dalang.gateway.provider.bedrock.SigV4.Credentials;
import dev.dalang.net.Request;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Against the values that AWS publishes: the guide's examples and the Signature Version 4 test suite. */
class SigV4Test {
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final String TIME = "20150830T123600Z";

    private static SigV4 signer(String service) {
        return new SigV4(
                new Credentials("AKIDEXAMPLE", SECRET, null),
                "us-east-1",
                service,
                Clock.fixed(Instant.parse("2015-08-30T12:36:00Z"), ZoneOffset.UTC));
    }

    private static String signature(String method, String address, Map<String, String> more) {
        Map<String, String> headers = new TreeMap<>(more);
        headers.put("host", URI.create(address).getHost());
        headers.put("x-amz-date", TIME);
        String all = signer("service").authorization(method, URI.create(address), headers, new byte[0], TIME);
        return all.substring(all.indexOf("Signature=") + "Signature=".length());
    }

    /** "Examples of how to derive a signing key". */
    @Test
    void theSigningKey() {
        SigV4 iam = new SigV4(
                new Credentials("x", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null),
                "us-east-1",
                "iam",
                Clock.systemUTC());
        assertThat(HexFormat.of().formatHex(iam.key("20120215")))
                .isEqualTo("f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d");
    }

    @Test
    void theTestSuite() {
        String host = "https://example.amazonaws.com";
        assertThat(signature("GET", host + "/", Map.of()))
                .as("get-vanilla")
                .isEqualTo("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        assertThat(signature("POST", host + "/", Map.of()))
                .as("post-vanilla")
                .isEqualTo("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        assertThat(signature("GET", host + "/?Param2=value2&Param1=value1", Map.of()))
                .as("get-vanilla-query-order-key-case")
                .isEqualTo("b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
    }

    /** The example of the guide: {@code ListUsers}. */
    @Test
    void theGuidesExample() {
        Map<String, String> headers = new TreeMap<>(Map.of(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
                "host",
                "iam.amazonaws.com",
                "x-amz-date",
                TIME));
        assertThat(signer("iam")
                        .authorization(
                                "GET",
                                URI.create("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
                                headers,
                                new byte[0],
                                TIME))
                .isEqualTo("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request,"
                        + " SignedHeaders=content-type;host;x-amz-date,"
                        + " Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }

    @Test
    void whatIsSent() {
        SigV4 signer = new SigV4(
                new Credentials("AKIDEXAMPLE", SECRET, "session-token"),
                "eu-central-1",
                "bedrock",
                Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC));
        Request request = signer.sign(Request.post(
                        URI.create("https://bedrock-runtime.eu-central-1.amazonaws.com/model/a.b%3A0/converse-stream"),
                        "{}".getBytes(StandardCharsets.UTF_8),
                        "test",
                        1)
                .header("Content-Type", "application/json"));
        assertThat(request.secrets()).containsEntry("X-Amz-Date", "20260102T030405Z");
        assertThat(request.secrets()).containsEntry("X-Amz-Security-Token", "session-token");
        assertThat(request.secrets().get("Authorization"))
                .startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/bedrock/aws4_request,"
                        + " SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=")
                .doesNotContain(SECRET);
        assertThat(signer.hide("x " + SECRET + " y session-token")).isEqualTo("x … y …");
    }
}
