/** HTTP itself: routes, exchanges, streams, errors and limits. The web server's own types do not leave this package. */
package dev.dalang.server.http;
