package io.tidemark.gateway.server;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A port's TLS.
 *
 * @param certificates PEM file of the server's certificate, followed by those of its authorities up
 *     to the root
 * @param key PEM file of the key of the server's certificate, in PKCS#8 without a password
 * @param clientAuthority PEM file of the authority whose certificates clients must show; empty if
 *     they need to show none
 */
public record TlsOptions(Path certificates, Path key, Optional<Path> clientAuthority) {}
