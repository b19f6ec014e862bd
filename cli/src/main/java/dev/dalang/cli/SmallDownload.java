package dev.dalang.cli;

import dev.dalang.api.DalangException;
import dev.dalang.api.Failure;
import dev.dalang.net.EgressLog;
import dev.dalang.net.HostRules;
import dev.dalang.net.Http;
import dev.dalang.net.NetException;
import dev.dalang.net.NetSettings;
import dev.dalang.net.Request;
import dev.dalang.net.Response;
import java.net.URI;
import java.util.Locale;

/** A small file from an address that the user named, whose host is thereby allowed. */
final class SmallDownload {
    private SmallDownload() {}

    /** @throws DalangException (invalid request) for what is no address, (upstream) when nothing good comes from it */
    static byte[] get(Surroundings around, String url, String purpose, int maxBytes) {
        URI address;
        try {
            address = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw Errors.usage(url + " is no address");
        }
        if (address.getHost() == null
                || !"https".equals(String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT))) {
            throw Errors.usage(url + " is no https address");
        }
        int port = address.getPort();
        HostRules host = HostRules.parse(address.getHost() + (port < 0 ? "" : ":" + port));
        NetSettings settings = NetSettings.of(around.environment()).allowing(host);
        try (Http http = new Http(settings, new EgressLog(around.home().resolve("egress.jsonl")));
                Response response = http.send(Request.text(address, purpose, maxBytes))) {
            if (!response.ok()) {
                throw new DalangException(new Failure.Upstream(
                        url + " answers with status " + response.status() + "; nothing was changed",
                        response.status()));
            }
            return response.bytes();
        } catch (NetException e) {
            throw new DalangException(new Failure.Upstream(e.getMessage(), 0), e);
        }
    }
}
