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

const char* NameOf(VideoContainer container) {
  static constexpr const char* kNames[] = {"mp4", "mov", "matroska", "webm", "avi", "3gp", "mpegts"};
  return kNames[static_cast<size_t>(container)];
}

const char* EncoderOf(VideoCodec codec) {
  static constexpr const char* kNames[] = {"libx264", "mpeg4", "mjpeg", "libvpx"};
  return kNames[static_cast<size_t>(codec)];
}

// Of x264, where they differ from the preset. No thread of its own looks ahead: what is written would depend on it.
const char* SettingsOf(const VideoForm& form) {
  if (form.camera) return "cabac=1:trellis=0:ref=1:rc-lookahead=0:sync-lookahead=0:sliced-threads=0:scenecut=0";
  if (form.careful) return "rc-lookahead=8:sync-lookahead=0:scenecut=0";
  return "cabac=1:trellis=0:bframes=2:rc-lookahead=8:sync-lookahead=0:b-adapt=0:scenecut=0:mbtree=0";
}

// The others carry the parameters of the codec among its frames.
bool ParametersInHeader(VideoContainer container) {
  return container != VideoContainer::kTs && container != VideoContainer::kAvi;
}

// Packets that refer to nothing outside of them, and so can be shown again with other times.
struct Stretch {
  std::vector<AVPacket*> packets;  // times from 0, in frames
  int64_t frames = 0;
  uint32_t times = 1;
};

}  // namespace

struct DrawnVideo::Reel {
  const AvLibrary& av = Av();
  AVCodecParameters* parameters = nullptr;
  std::vector<Stretch> stretches;
  size_t held_bytes = 0;

  Reel() = default;
  ~Reel() {
    for (Stretch& stretch : stretches) {
      for (AVPacket* packet : stretch.packets) av.av_packet_free(&packet);
    }
    av.avcodec_parameters_free(&parameters);
  }
  Reel(const Reel&) = delete;
  Reel& operator=(const Reel&) = delete;
};

struct DrawnVideo::Patch {
  uint64_t at = 0;
  Bytes bytes;
};

namespace {

// Draws and codes.
class Coder {
 public:
  Coder(uint64_t footage, const VideoForm& form)
      : form_(form), footage_(footage, form.width, form.height, form.edit, form.edit_seed) {
    CHECK(form.frames_per_second >= 1 && form.frames_per_second <= 60);
    CHECK(form.millis >= 200 && form.from_millis + form.millis <= kVideoSecondsMax * 1000);
    CHECK(form.rounds >= 1 && form.rounds <= kVideoRoundsMax);
    CHECK(!form.camera || (form.from_millis % 1000 == 0 && form.millis % 1000 == 0));
    Open();
  }
  ~Coder() {
    av_.av_packet_free(&packet_);
    av_.av_frame_free(&frame_);
    av_.avcodec_free_context(&codec_);
  }
  Coder(const Coder&) = delete;
  Coder& operator=(const Coder&) = delete;

  void Describe(AVCodecParameters*& out) const {
    out = av_.avcodec_parameters_alloc();
    CHECK(av_.avcodec_parameters_from_context(out, codec_) >= 0);
  }

  void Code(std::vector<Stretch>& out) {
    if (form_.camera) return CodeSeconds(out);
    const uint64_t count = std::max<uint64_t>(1, uint64_t{form_.millis} * form_.frames_per_second / 1000);
    Stretch& stretch = out.emplace_back();
    for (uint64_t i = 0; i < count; ++i) {
      Encode(form_.from_millis + static_cast<uint32_t>(i * 1000 / form_.frames_per_second), false);
      Receive(stretch, 0);
    }
    CHECK(av_.avcodec_send_frame(codec_, nullptr) >= 0);
    Receive(stretch, 0);
    stretch.frames = encoded_;
  }

 private:
  void Open() {
    const AVCodec* const encoder = av_.avcodec_find_encoder_by_name(EncoderOf(form_.codec));
    CHECK(encoder != nullptr && "drawing videos needs the encoders of Debian's libavcodec (packages.txt)");
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
    if (ParametersInHeader(form_.container)) codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    if (form_.codec == VideoCodec::kH264) {
      av_.av_dict_set(&options, "preset", form_.careful ? "veryfast" : "ultrafast", 0);
      av_.av_dict_set(&options, "forced-idr", "1", 0);
      av_.av_dict_set(&options, "x264-params", SettingsOf(form_), 0);
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
    frame_->format = codec_->pix_fmt;
    frame_->width = codec_->width;
    frame_->height = codec_->height;
    CHECK(av_.av_frame_get_buffer(frame_, 0) >= 0);
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

  // first: the frame that the stretch begins with.
  void Receive(Stretch& out, int64_t first) {
    while (av_.avcodec_receive_packet(codec_, packet_) >= 0) {
      AVPacket* const packet = av_.av_packet_clone(packet_);
      packet->pts -= first;
      packet->dts -= first;
      out.packets.push_back(packet);
    }
  }

  // The encoder sees the first second of each shot. Its frames refer to nothing outside of it, so they serve for the
  // seconds that follow, with other times.
  void CodeSeconds(std::vector<Stretch>& out) {
    const int64_t rate = form_.frames_per_second;
    const uint32_t last = (form_.from_millis + form_.millis) / 1000;
    for (uint32_t second = form_.from_millis / 1000; second < last;) {
      const uint32_t end = std::min(last, (second / kShotSeconds + 1) * kShotSeconds);
      Stretch& stretch = out.emplace_back(Stretch{.packets = {}, .frames = rate, .times = end - second});
      const int64_t first = encoded_;
      for (int64_t i = 0; i < rate; ++i) {
        Encode(second * 1000 + static_cast<uint32_t>(i * 1000 / rate), i == 0);
        Receive(stretch, first);
      }
      CHECK(static_cast<int64_t>(stretch.packets.size()) == rate);  // no frame waits for a later one
      second = end;
    }
  }

  const AvLibrary& av_ = Av();
  const VideoForm& form_;
  Footage footage_;
  AVCodecContext* codec_ = nullptr;
  AVFrame* frame_ = av_.av_frame_alloc();
  AVPacket* packet_ = av_.av_packet_alloc();
  int64_t encoded_ = 0;  // frames
};

// What the container is written to. At the end of the file it appends; what lies before it is written anew.
struct Tape {
  uint64_t at = 0, size = 0;
  std::function<void(uint64_t at, ByteView)> again;
  std::function<void(uint64_t at, ByteView)> append;
};

int OnWrite(void* opaque, uint8_t* from, int count) {
  Tape& tape = *static_cast<Tape*>(opaque);
  CHECK(tape.at <= tape.size);  // no holes
  const ByteView all(from, static_cast<size_t>(count));
  const auto before = static_cast<size_t>(std::min<uint64_t>(all.size(), tape.size - tape.at));
  if (before > 0) tape.again(tape.at, all.first(before));
  if (before < all.size()) tape.append(tape.size, all.subspan(before));
  tape.at += all.size();
  tape.size = std::max(tape.size, tape.at);
  return count;
}

int64_t OnSeek(void* opaque, int64_t offset, int whence) {
  Tape& tape = *static_cast<Tape*>(opaque);
  if ((whence & AVSEEK_SIZE) != 0) return static_cast<int64_t>(tape.size);
  const uint64_t base = whence == SEEK_CUR ? tape.at : whence == SEEK_END ? tape.size : 0;
  tape.at = base + static_cast<uint64_t>(offset);
  return static_cast<int64_t>(tape.at);
}

// Puts packets into a container. The same packets give the same calls of the tape.
class Binder {
 public:
  Binder(const VideoForm& form, const AVCodecParameters* parameters, Tape& tape)
      : form_(form), rate_(static_cast<int>(form.frames_per_second)) {
    CHECK(av_.avformat_alloc_output_context2(&format_, nullptr, NameOf(form.container), nullptr) >= 0);
    format_->pb = av_.avio_alloc_context(static_cast<uint8_t*>(av_.av_malloc(kBufferBytes)), kBufferBytes, 1, &tape,
                                         nullptr, OnWrite, OnSeek);
    format_->flags |= AVFMT_FLAG_BITEXACT;  // no clock, no chance, no version
    stream_ = av_.avformat_new_stream(format_, nullptr);
    stream_->time_base = {1, rate_};
    stream_->avg_frame_rate = {rate_, 1};
    CHECK(av_.avcodec_parameters_copy(stream_->codecpar, parameters) >= 0);
    const auto say = [&](const char* name, const std::string& value) {
      if (!value.empty()) av_.av_dict_set(&format_->metadata, name, value.c_str(), 0);
    };
    say("creation_time", form.taken_at);
    say("make", form.make);
    say("model", form.model);
    CHECK(av_.avformat_write_header(format_, nullptr) >= 0);
  }
  ~Binder() {
    av_.av_freep(&format_->pb->buffer);
    av_.avio_context_free(&format_->pb);
    av_.avformat_free_context(format_);
  }
  Binder(const Binder&) = delete;
  Binder& operator=(const Binder&) = delete;

  void Bind(const std::vector<Stretch>& stretches) {
    int64_t shown = 0;
    for (uint32_t round = 0; round < form_.rounds; ++round) {
      for (const Stretch& stretch : stretches) {
        for (uint32_t i = 0; i < stretch.times; ++i, shown += stretch.frames) Put(stretch.packets, shown);
      }
    }
    CHECK(av_.av_write_trailer(format_) >= 0);
    av_.avio_flush(format_->pb);
  }

 private:
  void Put(const std::vector<AVPacket*>& packets, int64_t moved) {
    for (const AVPacket* one : packets) {
      AVPacket* packet = av_.av_packet_clone(one);
      packet->pts += moved;
      packet->dts += moved;
      av_.av_packet_rescale_ts(packet, {1, rate_}, stream_->time_base);
      packet->stream_index = 0;
      if (packet->duration == 0) packet->duration = stream_->time_base.den / stream_->time_base.num / rate_;
      CHECK(av_.av_write_frame(format_, packet) >= 0);
      av_.av_packet_free(&packet);
    }
  }

  const AvLibrary& av_ = Av();
  const VideoForm& form_;
  int rate_;
  AVFormatContext* format_ = nullptr;
  AVStream* stream_ = nullptr;
};

}  // namespace

// The file is bound twice: once to learn its size and what the container goes back for, and again for each writing, in
// which those places are right from the beginning. So nobody needs to go back, or to hold the file.
DrawnVideo::DrawnVideo(uint64_t footage, const VideoForm& form) : form_(form) {
  auto reel = std::make_unique<Reel>();
  {
    Coder coder(footage, form_);
    coder.Describe(reel->parameters);
    coder.Code(reel->stretches);
  }
  for (const Stretch& stretch : reel->stretches) {
    for (const AVPacket* packet : stretch.packets) reel->held_bytes += static_cast<size_t>(packet->size) + 512;
  }
  reel_ = std::move(reel);
  Tape tape;
  tape.again = [&](uint64_t at, ByteView bytes) { patches_.push_back({at, Bytes(bytes.begin(), bytes.end())}); };
  tape.append = [](uint64_t, ByteView) {};
  Binder(form_, reel_->parameters, tape).Bind(reel_->stretches);
  size_bytes_ = tape.size;
}

DrawnVideo::~DrawnVideo() = default;

size_t DrawnVideo::held_bytes() const {
  return reel_->held_bytes;
}

void DrawnVideo::Write(const std::function<void(ByteView)>& sink) const {
  Bytes piece;
  Tape tape;
  tape.again = [](uint64_t, ByteView) {};
  tape.append = [&](uint64_t at, ByteView bytes) {
    const uint64_t end = at + bytes.size();
    const auto touches = [&](const Patch& patch) { return patch.at < end && at < patch.at + patch.bytes.size(); };
    if (std::ranges::none_of(patches_, touches)) return sink(bytes);
    piece.assign(bytes.begin(), bytes.end());
    for (const Patch& patch : patches_) {
      if (!touches(patch)) continue;
      const uint64_t from = std::max(at, patch.at), to = std::min<uint64_t>(end, patch.at + patch.bytes.size());
      std::memcpy(&piece[from - at], &patch.bytes[from - patch.at], to - from);
    }
    sink(piece);
  };
  Binder(form_, reel_->parameters, tape).Bind(reel_->stretches);
  CHECK(tape.size == size_bytes_);
}

Bytes EncodeVideo(uint64_t footage, const VideoForm& form) {
  const DrawnVideo video(footage, form);
  Bytes out;
  out.reserve(video.size_bytes());
  video.Write([&](ByteView piece) { out.insert(out.end(), piece.begin(), piece.end()); });
  return out;
}

}  // namespace crossguard::drawing
