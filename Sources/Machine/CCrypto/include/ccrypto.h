#pragma once
#include <stddef.h>
#include <stdint.h>

/* SHA-2 and SHA-1 of libcrypto by its low-level calls: linked statically they pull in a few objects, where
   EVP pulls in the library. The states below have the size of libcrypto's own; ccrypto.c asserts it. */
struct dl_sha256 { uint64_t words[14]; };
struct dl_sha512 { uint64_t words[27]; };
struct dl_sha1 { uint64_t words[12]; };

void dl_sha256_init(struct dl_sha256 *state);
void dl_sha256_update(struct dl_sha256 *state, const void *bytes, size_t size);
void dl_sha256_final(struct dl_sha256 *state, unsigned char digest[32]);

void dl_sha512_init(struct dl_sha512 *state);
void dl_sha512_update(struct dl_sha512 *state, const void *bytes, size_t size);
void dl_sha512_final(struct dl_sha512 *state, unsigned char digest[64]);

void dl_sha1_init(struct dl_sha1 *state);
void dl_sha1_update(struct dl_sha1 *state, const void *bytes, size_t size);
void dl_sha1_final(struct dl_sha1 *state, unsigned char digest[20]);
