#pragma once
#include <stddef.h>

/* gzip by zlib and zstd by libzstd, behind one shape: a call takes what it can from `in`, puts what it can
   into `out`, and says how much of each. */

enum dl_format { DL_GZIP = 1, DL_ZSTD = 2 };

enum dl_result {
    DL_MORE = 0,  /* within a member or frame */
    DL_END = 1,   /* a member or frame ended here; after dl_encode with finish: all is out */
    DL_BROKEN = -1,
    DL_MEMORY = -2,
};

struct dl_buffers {
    const void *in;
    size_t in_size;   /* left over */
    void *out;
    size_t out_size;  /* left over */
};

struct dl_decoder;
struct dl_encoder;

/* NULL where there is no memory. */
struct dl_decoder *dl_decoder_new(enum dl_format format);
void dl_decoder_free(struct dl_decoder *decoder);
/* Never asks for more memory than a window: 32 KiB of gzip's, at most 128 MiB of zstd's. */
enum dl_result dl_decode(struct dl_decoder *decoder, struct dl_buffers *buffers);
/* After DL_BROKEN: why, in the library's words. */
const char *dl_decoder_reason(const struct dl_decoder *decoder);

struct dl_encoder *dl_encoder_new(enum dl_format format, int level);
void dl_encoder_free(struct dl_encoder *encoder);
enum dl_result dl_encode(struct dl_encoder *encoder, struct dl_buffers *buffers, int finish);
