#pragma once
#include <stddef.h>

/* Ed25519 (RFC 8032) of libcrypto. Each returns 0, or -1 where libcrypto refuses. */

int dl_ed25519_generate(unsigned char seed[32]);
int dl_ed25519_public(const unsigned char seed[32], unsigned char point[32]);
int dl_ed25519_sign(
    const unsigned char seed[32], const unsigned char *message, size_t size, unsigned char signature[64]);
int dl_ed25519_verify(
    const unsigned char point[32], const unsigned char *message, size_t size,
    const unsigned char signature[64]);
