#include "examine/kernel/video_container.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string_view>
#include <vector>

#include "examine/kernel/other_video.h"

namespace crossguard::examine {
namespace {

constexpr int kInputBuffer = 64 << 10;
constexpr const char* kProbeBytes = "5000000";
constexpr const char* kProbeMicros = "5000000";
constexpr int64_t kTrailerMax = 64;  // bytes behind the last packet

// libavformat's name of the demuxer for each kind; no other is let near the bytes.
const char* DemuxerOf(Kind kind, ByteView head) {
  switch (kind) {
    case Kind::kMkv:
    case Kind::kWebm:
      return "matroska";
    case Kind::kAvi:
      return "avi";
    case Kind::kMpeg:
      return head.size() > 3 && head[3] == 0xB3 ? "mpegvideo" : "mpeg";
    case Kind::kMpegTs:
      return "mpegts";
    case Kind::kFlv:
      return "flv";
    case Kind::kWmv:
      return "asf";
    case Kind::kOgg:
      return "ogg";
    case Kind::kH264:
      return "h264";
    case Kind::kHevc:
      return "hevc";
    case Kind::kMxf:
      return "mxf";
    case Kind::kDv:
      return "dv";
    case Kind::kIvf:
      return "ivf";
    case Kind::kRealMedia:
      return "rm";
    case Kind::kMpeg4:
      return "m4v";
    case Kind::kFlash:
      return "swf";
    case Kind::kOtherVideo:
      return OtherVideoFormat(AsText(head));
    default:
      return "mov";
  }
}

// A container that names another file gets none.
int OnOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

// The formats that tell of all their streams before the first packet.
bool ListsItsStreams(const AVFormatContext* format) {
  const std::string_view name = format->iformat->name;
  return name.starts_with("mov,") || name.starts_with("matroska,");
}

// Codecs whose decoder needs no more than what the head holds.
bool StartsFromHead(const AVCodecParameters& parameters) {
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
      return parameters.extradata_size > 0;
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1:
      return true;
    default:
      return false;
  }
}

}  // namespace

Packet NewPacket() {
  Packet packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

Container::~Container() {
  avformat_close_input(&format_);
  if (io_ != nullptr) av_freep(&io_->buffer);
  avio_context_free(&io_);
}

int Container::OnRead(void* opaque, uint8_t* to, int wanted) {
  Input& input = *static_cast<Input*>(opaque);
  const ByteView here = input.file.At(input.at);
  if (here.empty() || wanted <= 0) return AVERROR_EOF;
  const size_t given = std::min(here.size(), static_cast<size_t>(wanted));
  std::memcpy(to, here.data(), given);
  input.at += given;
  return static_cast<int>(given);
}

int64_t Container::OnSeek(void* opaque, int64_t offset, int whence) {
  Input& input = *static_cast<Input*>(opaque);
  const auto size = static_cast<int64_t>(input.file.size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const int64_t base = whence == SEEK_CUR ? static_cast<int64_t>(input.at) : whence == SEEK_END ? size : 0;
  if (offset < -base || offset > std::numeric_limits<int64_t>::max() - base) return AVERROR(EINVAL);
  input.at = static_cast<uint64_t>(base + offset);
  return base + offset;
}

int Container::OpenAgain(Kind kind, const Container& before) {
  if (!ListsItsStreams(before.format_)) return Open(kind);
  if (const int error = OpenHead(kind); error < 0) return error;
  if (before.stream_index_ >= static_cast<int>(format_->nb_streams)) return AVERROR_INVALIDDATA;
  stream_index_ = before.stream_index_;
  return 0;
}

int Container::Open(Kind kind) {
  int error = OpenHead(kind);
  if (error >= 0 && !HeadTellsAll()) error = FindStreams();
  if (error < 0) return error;
  stream_index_ = av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  return 0;
}

int Container::Next(AVPacket* packet) {
  for (;;) {
    av_packet_unref(packet);
    const int64_t at = avio_tell(format_->pb);
    const int error = av_read_frame(format_, packet);
    // The demuxers of the rarer ones call an end what they please.
    if (error < 0 && rare_ && at + kTrailerMax >= static_cast<int64_t>(input_.file.size())) return AVERROR_EOF;
    if (error < 0 || packet->stream_index == stream_index_) return error;
  }
}

int Container::OpenHead(Kind kind) {
  rare_ = kind == Kind::kOtherVideo;
  const char* const name = DemuxerOf(kind, input_.file.head());
  const AVInputFormat* const demuxer = name == nullptr ? nullptr : av_find_input_format(name);
  auto* const buffer = static_cast<uint8_t*>(av_malloc(kInputBuffer));
  io_ = buffer == nullptr ? nullptr : avio_alloc_context(buffer, kInputBuffer, 0, &input_, OnRead, nullptr, OnSeek);
  format_ = avformat_alloc_context();
  if (demuxer == nullptr) return AVERROR_DEMUXER_NOT_FOUND;
  if (io_ == nullptr || format_ == nullptr) throw std::bad_alloc();
  format_->pb = io_;
  format_->flags |= AVFMT_FLAG_CUSTOM_IO;
  format_->io_open = OnOpen;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  av_dict_set(&options, "format_whitelist", demuxer->name, 0);
  av_dict_set(&options, "probesize", kProbeBytes, 0);
  av_dict_set(&options, "analyzeduration", kProbeMicros, 0);
  const int error = avformat_open_input(&format_, "", demuxer, &options);
  av_dict_free(&options);
  if (error < 0) return error;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (format_->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  return 0;
}

// Whether the container's own head says all that looking into the streams could find out: it lists its one video with
// the codec's parameters, the rate and the length. Most files are so, and of a short one the look costs as much as
// the rest: it decodes seven frames or more. What it would have corrected, the decoder says later (Decoding::Take).
bool Container::HeadTellsAll() const {
  if (!ListsItsStreams(format_) || format_->duration <= 0) return false;
  const AVStream* video = nullptr;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    const AVStream& one = *format_->streams[i];
    if (one.codecpar->codec_type == AVMEDIA_TYPE_UNKNOWN) return false;
    if (one.codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if (video != nullptr) return false;  // which is the main one is said by what they hold
    video = &one;
  }
  if (video == nullptr || (video->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return false;
  const AVCodecParameters& parameters = *video->codecpar;
  return parameters.width > 0 && parameters.height > 0 && video->avg_frame_rate.num > 0 &&
         video->avg_frame_rate.den > 0 && StartsFromHead(parameters);
}

// Looking into the streams may decode a little: one thread, and no frame larger than is decoded at all.
int Container::FindStreams() {
  std::vector<AVDictionary*> options(format_->nb_streams, nullptr);
  for (AVDictionary*& one : options) {
    av_dict_set(&one, "skip_loop_filter", "all", 0);  // nobody sees these frames
    av_dict_set(&one, "skip_idct", "all", 0);
    av_dict_set(&one, "threads", "1", 0);
    av_dict_set_int(&one, "max_pixels", static_cast<int64_t>(kFramePixelsMax), 0);
  }
  const int error = avformat_find_stream_info(format_, options.empty() ? nullptr : options.data());
  for (AVDictionary*& one : options) av_dict_free(&one);
  return error;
}

}  // namespace crossguard::examine
