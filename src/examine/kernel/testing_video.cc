#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "drawing/av_memory.h"
#include "drawing/drawing.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/testing_kinds.h"
#include "examine/kernel/video_frame.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace crossguard::examine::testing {
namespace {

// BT.601, narrow range.
void FillFrame(const drawing::Picture& drawing, AVFrame* frame) {
  const auto pixel = [&](int x, int y) {
    return &drawing.rgb[(static_cast<size_t>(y) * drawing.width + static_cast<size_t>(x)) * 3];
  };
  if (frame->format == AV_PIX_FMT_RGB24 || frame->format == AV_PIX_FMT_BGR24) {
    for (int y = 0; y < frame->height; ++y)
      std::memcpy(frame->data[0] + y * frame->linesize[0], pixel(0, y), size_t{drawing.width} * 3);
    return;
  }
  const bool full = frame->format == AV_PIX_FMT_YUVJ420P;
  for (int y = 0; y < frame->height; ++y) {
    for (int x = 0; x < frame->width; ++x) {
      const uint8_t* rgb = pixel(x, y);
      const double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
      frame->data[0][y * frame->linesize[0] + x] =
          static_cast<uint8_t>(full ? luma + 0.5 : 16 + luma * 219 / 255 + 0.5);
      if (x % 2 != 0 || y % 2 != 0) continue;
      const double scale = full ? 1.0 : 224.0 / 255;
      frame->data[1][y / 2 * frame->linesize[1] + x / 2] =
          static_cast<uint8_t>(128.5 + scale * (rgb[2] - luma) / 1.772);
      frame->data[2][y / 2 * frame->linesize[2] + x / 2] =
          static_cast<uint8_t>(128.5 + scale * (rgb[0] - luma) / 1.402);
    }
  }
}

void WritePackets(AVFormatContext* format, AVCodecContext* codec, const AVFrame* frame, AVPacket* packet) {
  CHECK(avcodec_send_frame(codec, frame) >= 0);
  while (avcodec_receive_packet(codec, packet) >= 0) {
    av_packet_rescale_ts(packet, codec->time_base, format->streams[0]->time_base);
    if (packet->duration == 0) packet->duration = av_rescale_q(1, codec->time_base, format->streams[0]->time_base);
    packet->stream_index = 0;
    CHECK(av_interleaved_write_frame(format, packet) >= 0);
  }
}

}  // namespace

Bytes EncodeVideo(const std::vector<drawing::Picture>& frames, const VideoForm& form) {
  av_log_set_level(AV_LOG_QUIET);
  drawing::AvMemory memory;
  AVFormatContext* format = nullptr;
  CHECK(avformat_alloc_output_context2(&format, nullptr, form.container.c_str(), nullptr) >= 0);
  constexpr int kBuffer = drawing::AvMemory::kBufferBytes;
  format->pb = avio_alloc_context(static_cast<uint8_t*>(av_malloc(kBuffer)), kBuffer, 1, &memory, nullptr,
                                  drawing::AvMemory::Write, drawing::AvMemory::Seek);
  const AVCodec* const encoder = avcodec_find_encoder_by_name(form.codec.c_str());
  CHECK(encoder != nullptr);
  AVCodecContext* codec = avcodec_alloc_context3(encoder);
  codec->width = static_cast<int>(frames.front().width);
  codec->height = static_cast<int>(frames.front().height);
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  if (form.codec == "mjpeg") codec->pix_fmt = AV_PIX_FMT_YUVJ420P;
  if (form.codec == "rawvideo") codec->pix_fmt = AV_PIX_FMT_BGR24;
  if (form.codec == "qtrle" || form.codec == "cinepak") codec->pix_fmt = AV_PIX_FMT_RGB24;
  if (form.codec == "huffyuv") codec->pix_fmt = AV_PIX_FMT_RGB24;
  if (form.codec == "vc2") codec->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // small pictures are of no level
  codec->time_base = {1, form.frames_per_second};
  codec->framerate = {form.frames_per_second, 1};
  codec->gop_size = form.keyframe_every;
  codec->max_b_frames = form.b_frames;
  codec->bit_rate = 2'000'000;
  codec->thread_count = 1;
  codec->global_quality = FF_QP2LAMBDA * 3;
  if ((format->oformat->flags & AVFMT_GLOBALHEADER) != 0) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "preset", "veryfast", 0);
  av_dict_set(&options, "x265-params", "log-level=none:pools=1:frame-threads=1", 0);
  av_dict_set(&options, "cpu-used", "8", 0);
  if (!form.x264.empty()) av_dict_set(&options, "x264-params", form.x264.c_str(), 0);
  CHECK(avcodec_open2(codec, encoder, &options) >= 0);
  av_dict_free(&options);
  AVStream* const stream = avformat_new_stream(format, nullptr);
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = codec->framerate;
  CHECK(avcodec_parameters_from_context(stream->codecpar, codec) >= 0);
  if (!form.created_at.empty()) av_dict_set(&format->metadata, "creation_time", form.created_at.c_str(), 0);
  AVDictionary* muxer = nullptr;
  CHECK(av_dict_parse_string(&muxer, form.muxer.c_str(), "=", ":", 0) >= 0);
  CHECK(avformat_write_header(format, &muxer) >= 0);
  av_dict_free(&muxer);
  AVFrame* frame = av_frame_alloc();
  AVPacket* packet = av_packet_alloc();
  for (size_t i = 0; i < frames.size(); ++i) {
    frame->format = codec->pix_fmt;
    frame->width = codec->width;
    frame->height = codec->height;
    CHECK(av_frame_get_buffer(frame, 0) >= 0);
    FillFrame(frames[i], frame);
    frame->pts = static_cast<int64_t>(i);
    frame->quality = codec->global_quality;
    WritePackets(format, codec, frame, packet);
    av_frame_unref(frame);
  }
  WritePackets(format, codec, nullptr, packet);
  CHECK(av_write_trailer(format) >= 0);
  avio_flush(format->pb);
  av_packet_free(&packet);
  av_frame_free(&frame);
  avcodec_free_context(&codec);
  av_freep(&format->pb->buffer);
  avio_context_free(&format->pb);
  avformat_free_context(format);
  return memory.bytes;
}

namespace {

// Opened and looked into by libavformat, over bytes in memory, with no word of ours.
class Opened {
 public:
  explicit Opened(const Bytes& bytes) : memory_{.bytes = bytes} {
    av_log_set_level(AV_LOG_QUIET);
    constexpr int kBuffer = drawing::AvMemory::kBufferBytes;
    io_ = avio_alloc_context(static_cast<uint8_t*>(av_malloc(kBuffer)), kBuffer, 0, &memory_, OnRead, nullptr,
                             drawing::AvMemory::Seek);
    format = avformat_alloc_context();
    format->pb = io_;
    CHECK(avformat_open_input(&format, "", nullptr, nullptr) >= 0 && avformat_find_stream_info(format, nullptr) >= 0);
    stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    CHECK(stream >= 0);
  }
  ~Opened() {
    avformat_close_input(&format);
    av_freep(&io_->buffer);
    avio_context_free(&io_);
  }
  Opened(const Opened&) = delete;

  AVFormatContext* format = nullptr;
  int stream = -1;

 private:
  static int OnRead(void* opaque, uint8_t* to, int wanted) {
    drawing::AvMemory& from = *static_cast<drawing::AvMemory*>(opaque);
    const size_t left = from.at < from.bytes.size() ? from.bytes.size() - from.at : 0;
    const size_t given = std::min(left, static_cast<size_t>(wanted));
    if (given == 0) return AVERROR_EOF;
    std::memcpy(to, from.bytes.data() + from.at, given);
    from.at += given;
    return static_cast<int>(given);
  }

  drawing::AvMemory memory_;
  AVIOContext* io_ = nullptr;
};

}  // namespace

StreamFacts JudgeStream(const Bytes& bytes) {
  const Opened opened(bytes);
  const AVStream& stream = *opened.format->streams[opened.stream];
  return {.frame_rate = av_q2d(stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate),
          .duration_millis = static_cast<uint64_t>(std::max<int64_t>(opened.format->duration, 0)) / 1000,
          .width = static_cast<uint32_t>(stream.codecpar->width),
          .height = static_cast<uint32_t>(stream.codecpar->height),
          .codec = avcodec_get_name(stream.codecpar->codec_id)};
}

Stream StreamOf(const Bytes& video) {
  const Opened opened(video);
  const AVCodecParameters& parameters = *opened.format->streams[opened.stream]->codecpar;
  Stream out{.parameters = Bytes(parameters.extradata, parameters.extradata + parameters.extradata_size),
             .packets = {}};
  AVPacket* packet = av_packet_alloc();
  while (av_read_frame(opened.format, packet) >= 0) {
    if (packet->stream_index == opened.stream) out.packets.emplace_back(packet->data, packet->data + packet->size);
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
  return out;
}

std::vector<VideoFrame> JudgeVideo(const Bytes& bytes, double frames_per_second) {
  const Opened opened(bytes);
  AVFormatContext* const format = opened.format;
  const int stream = opened.stream;
  const AVCodecParameters* const parameters = format->streams[stream]->codecpar;
  AVCodecContext* codec = avcodec_alloc_context3(avcodec_find_decoder(parameters->codec_id));
  CHECK(avcodec_parameters_to_context(codec, parameters) >= 0 && avcodec_open2(codec, nullptr, nullptr) >= 0);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  std::vector<VideoFrame> out;
  uint32_t number = 0;
  const auto step = static_cast<uint32_t>(std::max(1.0, frames_per_second));
  const auto take = [&] {
    while (avcodec_receive_frame(codec, frame) >= 0) {
      if (number % step == 0) {
        const PdqHash hash = HashPdq(PictureOf(*frame).value());
        out.push_back({.number = number, .at_millis = 0, .quality = hash.quality, .pdq = hash.hash});
      }
      ++number;
    }
  };
  while (av_read_frame(format, packet) >= 0) {
    if (packet->stream_index == stream) {
      avcodec_send_packet(codec, packet);
      take();
    }
    av_packet_unref(packet);
  }
  avcodec_send_packet(codec, nullptr);
  take();
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&codec);
  return out;
}

}  // namespace crossguard::examine::testing
