#include "ckeys.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

int dl_ed25519_generate(unsigned char seed[32]) { return RAND_priv_bytes(seed, 32) == 1 ? 0 : -1; }

int dl_ed25519_public(const unsigned char seed[32], unsigned char point[32]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    size_t size = 32;
    int made = key && EVP_PKEY_get_raw_public_key(key, point, &size) == 1 && size == 32;
    EVP_PKEY_free(key);
    return made ? 0 : -1;
}

int dl_ed25519_sign(
    const unsigned char seed[32], const unsigned char *message, size_t size, unsigned char signature[64]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = 64;
    int made = key && context && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
               EVP_DigestSign(context, signature, &length, message, size) == 1 && length == 64;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return made ? 0 : -1;
}

int dl_ed25519_verify(
    const unsigned char point[32], const unsigned char *message, size_t size,
    const unsigned char signature[64]) {
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point, 32);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int holds = key && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, 64, message, size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return holds ? 0 : -1;
}
