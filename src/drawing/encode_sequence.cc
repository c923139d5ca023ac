// A sequence of pictures of the HEIF family (ISO/IEC 23008-12, section 7) without a cover picture: a track of pictures,
// and nothing else. libavformat writes it as a film; the handler and the brands then say that it is not one.
#include <algorithm>

#include "drawing/av_library.h"
#include "drawing/av_memory.h"
#include "drawing/drawing.h"

namespace crossguard::drawing {
namespace {

constexpr int kFramesPerSecond = 5;

// BT.601, the whole range.
void FillFrame(const Picture& picture, AVFrame* frame) {
  const auto clamped = [](int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); };
  for (int y = 0; y < frame->height; ++y) {
    const uint8_t* rgb = &picture.rgb[static_cast<size_t>(y) * picture.width * 3];
    for (int x = 0; x < frame->width; ++x, rgb += 3) {
      const int r = rgb[0], g = rgb[1], b = rgb[2];
      frame->data[0][y * frame->linesize[0] + x] = clamped((19'595 * r + 38'470 * g + 7'471 * b + 32'768) / 65'536);
      if (x % 2 != 0 || y % 2 != 0) continue;
      frame->data[1][y / 2 * frame->linesize[1] + x / 2] =
          clamped(128 + (-11'056 * r - 21'712 * g + 32'768 * b) / 65'536);
      frame->data[2][y / 2 * frame->linesize[2] + x / 2] =
          clamped(128 + (32'768 * r - 27'440 * g - 5'328 * b) / 65'536);
    }
  }
}

AVCodecContext* OpenEncoder(const AvLibrary& av, const Picture& first, bool avif) {
  const AVCodec* const encoder = av.avcodec_find_encoder_by_name(avif ? "libaom-av1" : "libx265");
  CHECK(encoder != nullptr && "EncodersAreThere() of drawing.h says what to install");
  AVCodecContext* const codec = av.avcodec_alloc_context3(encoder);
  codec->width = static_cast<int>(first.width);
  codec->height = static_cast<int>(first.height);
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->colorspace = AVCOL_SPC_SMPTE170M;
  codec->time_base = {1, kFramesPerSecond};
  codec->framerate = {kFramesPerSecond, 1};
  codec->gop_size = 100;
  codec->max_b_frames = 0;
  codec->bit_rate = 0;
  codec->thread_count = 1;
  codec->codec_tag = avif ? MKTAG('a', 'v', '0', '1') : MKTAG('h', 'v', 'c', '1');
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  AVDictionary* options = nullptr;
  av.av_dict_set(&options, "crf", "20", 0);
  if (avif) {
    av.av_dict_set(&options, "usage", "realtime", 0);
    av.av_dict_set(&options, "cpu-used", "8", 0);
    av.av_dict_set(&options, "lag-in-frames", "0", 0);
  } else {
    av.av_dict_set(&options, "preset", "ultrafast", 0);
    av.av_dict_set(&options, "x265-params", "log-level=none:pools=none:frame-threads=1:bframes=0", 0);
  }
  CHECK(av.avcodec_open2(codec, encoder, &options) >= 0);
  av.av_dict_free(&options);
  return codec;
}

void WritePackets(const AvLibrary& av, AVFormatContext* format, AVCodecContext* codec, const AVFrame* frame,
                  AVPacket* packet) {
  CHECK(av.avcodec_send_frame(codec, frame) >= 0);
  while (av.avcodec_receive_packet(codec, packet) >= 0) {
    const AVRational base = format->streams[0]->time_base;
    av.av_packet_rescale_ts(packet, codec->time_base, base);
    packet->duration = base.den / base.num / kFramesPerSecond;
    packet->stream_index = 0;
    CHECK(av.av_write_frame(format, packet) >= 0);
  }
}

void Replace(Bytes& bytes, std::string_view from, std::string_view to) {
  CHECK(from.size() == to.size());
  const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  CHECK(at != bytes.end());
  std::copy(to.begin(), to.end(), at);
}

}  // namespace

Bytes EncodePictureSequence(const std::vector<Picture>& frames, bool avif) {
  CHECK(!frames.empty());
  const AvLibrary& av = Av();
  AvMemory memory;
  AVFormatContext* format = nullptr;
  CHECK(av.avformat_alloc_output_context2(&format, nullptr, "mp4", nullptr) >= 0);
  format->pb = av.avio_alloc_context(static_cast<uint8_t*>(av.av_malloc(AvMemory::kBufferBytes)),
                                     AvMemory::kBufferBytes, 1, &memory, nullptr, AvMemory::Write, AvMemory::Seek);
  format->flags |= AVFMT_FLAG_BITEXACT;
  AVCodecContext* codec = OpenEncoder(av, frames.front(), avif);
  AVStream* const stream = av.avformat_new_stream(format, nullptr);
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = codec->framerate;
  CHECK(av.avcodec_parameters_from_context(stream->codecpar, codec) >= 0);
  CHECK(av.avformat_write_header(format, nullptr) >= 0);
  AVFrame* frame = av.av_frame_alloc();
  AVPacket* packet = av.av_packet_alloc();
  frame->format = codec->pix_fmt;
  frame->width = codec->width;
  frame->height = codec->height;
  CHECK(av.av_frame_get_buffer(frame, 0) >= 0);
  for (size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].width == frames[0].width && frames[i].height == frames[0].height);
    CHECK(av.av_frame_make_writable(frame) >= 0);
    FillFrame(frames[i], frame);
    frame->pts = static_cast<int64_t>(i);
    WritePackets(av, format, codec, frame, packet);
  }
  WritePackets(av, format, codec, nullptr, packet);
  CHECK(av.av_write_trailer(format) >= 0);
  av.avio_flush(format->pb);
  av.av_packet_free(&packet);
  av.av_frame_free(&frame);
  av.avcodec_free_context(&codec);
  av.av_freep(&format->pb->buffer);
  av.avio_context_free(&format->pb);
  av.avformat_free_context(format);
  Replace(memory.bytes, "ftypisom", avif ? "ftypavis" : "ftyphevc");
  Replace(memory.bytes, "vide", "pict");
  return std::move(memory.bytes);
}

}  // namespace crossguard::drawing
