package io.tidemark.gateway.server;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A port's TLS.
 *
 * @param certificates of the server, a PEM file: its own first, then those up to the root
 * @param key of the first, a PEM file in PKCS#8 without a password
 * @param clientAuthority PEM file of the authority of clients, which then must show a certificate
 *     of it; empty if they need none
 */
public record TlsOptions(Path certificates, Path key, Optional<Path> clientAuthority) {}
