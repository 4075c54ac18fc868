#include "ccompress.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* Windows of zstd up to 2^27 bytes, as its own program takes them unasked. */
enum { WINDOW_LOG_MAX = 27 };

struct dl_decoder {
    enum dl_format format;
    z_stream gzip;
    ZSTD_DStream *zstd;
    const char *reason;
};

struct dl_encoder {
    enum dl_format format;
    z_stream gzip;
    ZSTD_CCtx *zstd;
};

/* zlib counts in unsigned int. */
static void lend(z_stream *stream, const struct dl_buffers *buffers) {
    stream->next_in = (Bytef *)buffers->in;
    stream->avail_in = buffers->in_size < UINT_MAX ? (uInt)buffers->in_size : UINT_MAX;
    stream->next_out = buffers->out;
    stream->avail_out = buffers->out_size < UINT_MAX ? (uInt)buffers->out_size : UINT_MAX;
}

static void take_back(const z_stream *stream, struct dl_buffers *buffers) {
    buffers->in_size -= (size_t)((const char *)stream->next_in - (const char *)buffers->in);
    buffers->in = stream->next_in;
    buffers->out_size -= (size_t)((char *)stream->next_out - (char *)buffers->out);
    buffers->out = stream->next_out;
}

struct dl_decoder *dl_decoder_new(enum dl_format format) {
    struct dl_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->format = format;
    if (format == DL_GZIP) {
        /* 16: a gzip header and trailer, and no other. */
        if (inflateInit2(&decoder->gzip, 15 + 16) == Z_OK) return decoder;
    } else {
        decoder->zstd = ZSTD_createDStream();
        if (decoder->zstd
            && !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
            return decoder;
        ZSTD_freeDStream(decoder->zstd);
    }
    free(decoder);
    return NULL;
}

void dl_decoder_free(struct dl_decoder *decoder) {
    if (!decoder) return;
    if (decoder->format == DL_GZIP) inflateEnd(&decoder->gzip);
    ZSTD_freeDStream(decoder->zstd);
    free(decoder);
}

static enum dl_result inflate_some(struct dl_decoder *decoder, struct dl_buffers *buffers) {
    lend(&decoder->gzip, buffers);
    int result = inflate(&decoder->gzip, Z_NO_FLUSH);
    take_back(&decoder->gzip, buffers);
    switch (result) {
    case Z_OK:
    case Z_BUF_ERROR: return DL_MORE;
    case Z_STREAM_END:
        /* Members may follow one another (RFC 1952, 2.2): the next begins with a header again. */
        inflateReset(&decoder->gzip);
        return DL_END;
    case Z_MEM_ERROR: return DL_MEMORY;
    default:
        decoder->reason = decoder->gzip.msg ? decoder->gzip.msg : "it asks for a preset dictionary";
        return DL_BROKEN;
    }
}

enum dl_result dl_decode(struct dl_decoder *decoder, struct dl_buffers *buffers) {
    if (decoder->format == DL_GZIP) return inflate_some(decoder, buffers);
    ZSTD_inBuffer in = {buffers->in, buffers->in_size, 0};
    ZSTD_outBuffer out = {buffers->out, buffers->out_size, 0};
    size_t result = ZSTD_decompressStream(decoder->zstd, &out, &in);
    buffers->in = (const char *)buffers->in + in.pos;
    buffers->in_size -= in.pos;
    buffers->out = (char *)buffers->out + out.pos;
    buffers->out_size -= out.pos;
    if (ZSTD_isError(result)) {
        decoder->reason = ZSTD_getErrorName(result);
        return DL_BROKEN;
    }
    return result == 0 ? DL_END : DL_MORE;
}

const char *dl_decoder_reason(const struct dl_decoder *decoder) {
    return decoder->reason ? decoder->reason : "broken";
}

struct dl_encoder *dl_encoder_new(enum dl_format format, int level) {
    struct dl_encoder *encoder = calloc(1, sizeof *encoder);
    if (!encoder) return NULL;
    encoder->format = format;
    if (format == DL_GZIP) {
        if (deflateInit2(&encoder->gzip, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK)
            return encoder;
    } else {
        encoder->zstd = ZSTD_createCCtx();
        if (encoder->zstd
            && !ZSTD_isError(ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_compressionLevel, level))
            && !ZSTD_isError(ZSTD_CCtx_setParameter(encoder->zstd, ZSTD_c_checksumFlag, 1)))
            return encoder;
        ZSTD_freeCCtx(encoder->zstd);
    }
    free(encoder);
    return NULL;
}

void dl_encoder_free(struct dl_encoder *encoder) {
    if (!encoder) return;
    if (encoder->format == DL_GZIP) deflateEnd(&encoder->gzip);
    ZSTD_freeCCtx(encoder->zstd);
    free(encoder);
}

enum dl_result dl_encode(struct dl_encoder *encoder, struct dl_buffers *buffers, int finish) {
    if (encoder->format == DL_GZIP) {
        lend(&encoder->gzip, buffers);
        int all = finish && encoder->gzip.avail_in == buffers->in_size;
        int result = deflate(&encoder->gzip, all ? Z_FINISH : Z_NO_FLUSH);
        take_back(&encoder->gzip, buffers);
        if (result == Z_STREAM_END) return DL_END;
        return result == Z_OK || result == Z_BUF_ERROR ? DL_MORE : DL_BROKEN;
    }
    ZSTD_inBuffer in = {buffers->in, buffers->in_size, 0};
    ZSTD_outBuffer out = {buffers->out, buffers->out_size, 0};
    size_t left = ZSTD_compressStream2(encoder->zstd, &out, &in, finish ? ZSTD_e_end : ZSTD_e_continue);
    buffers->in = (const char *)buffers->in + in.pos;
    buffers->in_size -= in.pos;
    buffers->out = (char *)buffers->out + out.pos;
    buffers->out_size -= out.pos;
    if (ZSTD_isError(left)) return DL_BROKEN;
    return finish && left == 0 && buffers->in_size == 0 ? DL_END : DL_MORE;
}
