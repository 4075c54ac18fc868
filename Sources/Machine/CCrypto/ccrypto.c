/* OpenSSL 3 calls these deprecated in favour of EVP; they stay for as long as its ABI does. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ccrypto.h"

#include <openssl/sha.h>

_Static_assert(sizeof(struct dl_sha256) == sizeof(SHA256_CTX), "the state of SHA-256");
_Static_assert(_Alignof(struct dl_sha256) >= _Alignof(SHA256_CTX), "its alignment");
_Static_assert(sizeof(struct dl_sha512) == sizeof(SHA512_CTX), "the state of SHA-512");
_Static_assert(_Alignof(struct dl_sha512) >= _Alignof(SHA512_CTX), "its alignment");
_Static_assert(sizeof(struct dl_sha1) == sizeof(SHA_CTX), "the state of SHA-1");
_Static_assert(_Alignof(struct dl_sha1) >= _Alignof(SHA_CTX), "its alignment");

/* None of these can fail: they return 1 whatever they get. */

void dl_sha256_init(struct dl_sha256 *state) { SHA256_Init((SHA256_CTX *)state); }

void dl_sha256_update(struct dl_sha256 *state, const void *bytes, size_t size) {
    SHA256_Update((SHA256_CTX *)state, bytes, size);
}

void dl_sha256_final(struct dl_sha256 *state, unsigned char digest[32]) {
    SHA256_Final(digest, (SHA256_CTX *)state);
}

void dl_sha512_init(struct dl_sha512 *state) { SHA512_Init((SHA512_CTX *)state); }

void dl_sha512_update(struct dl_sha512 *state, const void *bytes, size_t size) {
    SHA512_Update((SHA512_CTX *)state, bytes, size);
}

void dl_sha512_final(struct dl_sha512 *state, unsigned char digest[64]) {
    SHA512_Final(digest, (SHA512_CTX *)state);
}

void dl_sha1_init(struct dl_sha1 *state) { SHA1_Init((SHA_CTX *)state); }

void dl_sha1_update(struct dl_sha1 *state, const void *bytes, size_t size) {
    SHA1_Update((SHA_CTX *)state, bytes, size);
}

void dl_sha1_final(struct dl_sha1 *state, unsigned char digest[20]) {
    SHA1_Final(digest, (SHA_CTX *)state);
}
