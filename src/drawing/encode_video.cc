#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "drawing/av_library.h"
#include "drawing/footage.h"

namespace crossguard::drawing {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr int kMjpegQuality = 4;  // 2 the best, 31 the least

// What the container is written to.
struct Memory {
  Bytes bytes;
  size_t at = 0;
};

int OnWrite(void* opaque, uint8_t* from, int count) {
  Memory& memory = *static_cast<Memory*>(opaque);
  const auto size = static_cast<size_t>(count);
  if (memory.bytes.size() < memory.at + size) memory.bytes.resize(memory.at + size);
  std::memcpy(memory.bytes.data() + memory.at, from, size);
  memory.at += size;
  return count;
}

int64_t OnSeek(void* opaque, int64_t offset, int whence) {
  Memory& memory = *static_cast<Memory*>(opaque);
  if ((whence & AVSEEK_SIZE) != 0) return static_cast<int64_t>(memory.bytes.size());
  const size_t base = whence == SEEK_CUR ? memory.at : whence == SEEK_END ? memory.bytes.size() : 0;
  memory.at = base + static_cast<size_t>(offset);
  return static_cast<int64_t>(memory.at);
}

const char* NameOf(VideoContainer container) {
  static constexpr const char* kNames[] = {"mp4", "mov", "matroska", "webm", "avi", "3gp", "mpegts"};
  return kNames[static_cast<size_t>(container)];
}

const char* EncoderOf(VideoCodec codec) {
  static constexpr const char* kNames[] = {"libx264", "mpeg4", "mjpeg", "libvpx"};
  return kNames[static_cast<size_t>(codec)];
}

class VideoWriter {
 public:
  VideoWriter(uint64_t footage, const VideoForm& form)
      : form_(form), footage_(footage, form.width, form.height, form.edit, form.edit_seed) {
    CHECK(form.frames_per_second >= 1 && form.frames_per_second <= 60);
    CHECK(form.millis >= 200 && form.from_millis + form.millis <= kVideoSecondsMax * 1000);
    CHECK(form.rounds >= 1 && (form.rounds == 1 || !form.camera));
    CHECK(!form.camera || (form.from_millis % 1000 == 0 && form.millis % 1000 == 0));
    OpenContainer();
    OpenEncoder();
    Describe();
    CHECK(av_.avformat_write_header(format_, nullptr) >= 0);
  }
  ~VideoWriter() {
    av_.av_packet_free(&packet_);
    av_.av_frame_free(&frame_);
    av_.avcodec_free_context(&codec_);
    av_.av_freep(&format_->pb->buffer);
    av_.avio_context_free(&format_->pb);
    av_.avformat_free_context(format_);
  }
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  Bytes Write() {
    if (form_.camera) {
      WriteSeconds();
    } else {
      const uint64_t count = std::max<uint64_t>(1, uint64_t{form_.millis} * form_.frames_per_second / 1000);
      Packets packets;
      for (uint64_t i = 0; i < count; ++i) {
        Encode(form_.from_millis + static_cast<uint32_t>(i * 1000 / form_.frames_per_second), false);
        Receive(packets);
      }
      CHECK(av_.avcodec_send_frame(codec_, nullptr) >= 0);
      Receive(packets);
      for (uint32_t round = 0; round < form_.rounds; ++round) PutAgain(packets, round * encoded_);
      Drop(packets);
    }
    CHECK(av_.av_write_trailer(format_) >= 0);
    av_.avio_flush(format_->pb);
    return std::move(memory_.bytes);
  }

 private:
  using Packets = std::vector<AVPacket*>;

  void OpenContainer() {
    CHECK(av_.avformat_alloc_output_context2(&format_, nullptr, NameOf(form_.container), nullptr) >= 0);
    format_->pb = av_.avio_alloc_context(static_cast<uint8_t*>(av_.av_malloc(kBufferBytes)), kBufferBytes, 1, &memory_,
                                         nullptr, OnWrite, OnSeek);
    format_->flags |= AVFMT_FLAG_BITEXACT;  // no clock, no chance, no version
  }

  void OpenEncoder() {
    const AVCodec* const encoder = av_.avcodec_find_encoder_by_name(EncoderOf(form_.codec));
    CHECK(encoder != nullptr);
    const auto rate = static_cast<int>(form_.frames_per_second);
    codec_ = av_.avcodec_alloc_context3(encoder);
    codec_->width = static_cast<int>(form_.width);
    codec_->height = static_cast<int>(form_.height);
    codec_->pix_fmt = AV_PIX_FMT_YUV420P;
    codec_->color_range = AVCOL_RANGE_MPEG;
    codec_->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // MJPEG of the narrow range
    codec_->time_base = {1, rate};
    codec_->framerate = {rate, 1};
    codec_->gop_size = form_.camera ? rate : 250;
    codec_->max_b_frames = form_.camera || form_.codec != VideoCodec::kH264 ? 0 : 2;
    codec_->bit_rate = static_cast<int64_t>(form_.bits_per_second);
    codec_->thread_count = 1;  // what x264 writes depends on it
    codec_->flags |= AV_CODEC_FLAG_BITEXACT;
    if ((format_->oformat->flags & AVFMT_GLOBALHEADER) != 0) codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    if (form_.codec == VideoCodec::kH264) {
      av_.av_dict_set(&options, "preset", "ultrafast", 0);
      av_.av_dict_set(&options, "forced-idr", "1", 0);
      av_.av_dict_set(&options, "x264-params",
                      form_.camera ? "cabac=1:rc-lookahead=0:sync-lookahead=0:sliced-threads=0:scenecut=0"
                                   : "cabac=1:bframes=2:rc-lookahead=8:sync-lookahead=0:b-adapt=0:scenecut=0:mbtree=0",
                      0);
      if (form_.camera) av_.av_dict_set(&options, "tune", "zerolatency", 0);
    }
    if (form_.codec == VideoCodec::kMjpeg) {
      codec_->flags |= AV_CODEC_FLAG_QSCALE;
      codec_->global_quality = FF_QP2LAMBDA * kMjpegQuality;
    }
    if (form_.codec == VideoCodec::kVp8) {
      av_.av_dict_set(&options, "deadline", "realtime", 0);
      av_.av_dict_set(&options, "cpu-used", "12", 0);
      av_.av_dict_set(&options, "lag-in-frames", "0", 0);
    }
    CHECK(av_.avcodec_open2(codec_, encoder, &options) >= 0);
    av_.av_dict_free(&options);
    stream_ = av_.avformat_new_stream(format_, nullptr);
    stream_->time_base = codec_->time_base;
    stream_->avg_frame_rate = codec_->framerate;
    CHECK(av_.avcodec_parameters_from_context(stream_->codecpar, codec_) >= 0);
    frame_->format = codec_->pix_fmt;
    frame_->width = codec_->width;
    frame_->height = codec_->height;
    CHECK(av_.av_frame_get_buffer(frame_, 0) >= 0);
  }

  void Describe() {
    const auto say = [&](const char* name, const std::string& value) {
      if (!value.empty()) av_.av_dict_set(&format_->metadata, name, value.c_str(), 0);
    };
    say("creation_time", form_.taken_at);
    say("make", form_.make);
    say("model", form_.model);
  }

  void Encode(uint32_t at_millis, bool key) {
    CHECK(av_.av_frame_make_writable(frame_) >= 0);
    footage_.Draw(at_millis, {.luma = frame_->data[0],
                              .blue = frame_->data[1],
                              .red = frame_->data[2],
                              .luma_stride = frame_->linesize[0],
                              .blue_stride = frame_->linesize[1],
                              .red_stride = frame_->linesize[2]});
    frame_->pts = encoded_++;
    frame_->pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame_->quality = codec_->global_quality;
    CHECK(av_.avcodec_send_frame(codec_, frame_) >= 0);
  }

  void Receive(Packets& out) {
    while (av_.avcodec_receive_packet(codec_, packet_) >= 0) out.push_back(av_.av_packet_clone(packet_));
  }

  void Drop(Packets& packets) {
    for (AVPacket* packet : packets) av_.av_packet_free(&packet);
    packets.clear();
  }

  // Writes copies of them, moved by so many frames.
  void PutAgain(const Packets& packets, int64_t moved) {
    for (const AVPacket* one : packets) {
      AVPacket* packet = av_.av_packet_clone(one);
      packet->pts += moved;
      packet->dts += moved;
      av_.av_packet_rescale_ts(packet, codec_->time_base, stream_->time_base);
      packet->stream_index = 0;
      if (packet->duration == 0)
        packet->duration = stream_->time_base.den / stream_->time_base.num / static_cast<int>(form_.frames_per_second);
      CHECK(av_.av_write_frame(format_, packet) >= 0);
      av_.av_packet_free(&packet);
    }
  }

  // The encoder sees the first second of each shot. Its frames refer to nothing outside of it, so they serve for the
  // seconds that follow, with other times.
  void WriteSeconds() {
    const int64_t rate = form_.frames_per_second;
    const uint32_t last = (form_.from_millis + form_.millis) / 1000;
    int64_t shown = 0;
    for (uint32_t second = form_.from_millis / 1000; second < last;) {
      Packets packets;
      const int64_t first = encoded_;
      for (int64_t i = 0; i < rate; ++i) {
        Encode(second * 1000 + static_cast<uint32_t>(i * 1000 / rate), i == 0);
        Receive(packets);
      }
      CHECK(static_cast<int64_t>(packets.size()) == rate);  // no frame waits for a later one
      const uint32_t end = std::min(last, (second / kShotSeconds + 1) * kShotSeconds);
      for (; second < end; ++second, shown += rate) PutAgain(packets, shown - first);
      Drop(packets);
    }
  }

  const AvLibrary& av_ = Av();
  const VideoForm& form_;
  Footage footage_;
  Memory memory_;
  AVFormatContext* format_ = nullptr;
  AVCodecContext* codec_ = nullptr;
  AVStream* stream_ = nullptr;
  AVFrame* frame_ = av_.av_frame_alloc();
  AVPacket* packet_ = av_.av_packet_alloc();
  int64_t encoded_ = 0;  // frames
};

}  // namespace

Bytes EncodeVideo(uint64_t footage, const VideoForm& form) {
  return VideoWriter(footage, form).Write();
}

}  // namespace crossguard::drawing
