#include "examine/kernel/decode_video.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <set>

#include "examine/kernel/container_end.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/h264_references.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/video_frame.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
}

namespace crossguard::examine {
namespace {

constexpr int kInputBuffer = 64 << 10;
constexpr uint64_t kFramePixelsMax = uint64_t{8192} * 8192;  // a decoder holds some sixteen frames
constexpr size_t kPacketsMax = 8'000'000;                    // three days at 30 frames a second
constexpr const char* kProbeBytes = "5000000";
constexpr const char* kProbeMicros = "5000000";

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
    default:
      return "mov";
  }
}

struct Input {
  FileBytes& file;
  uint64_t at = 0;
};

int OnRead(void* opaque, uint8_t* to, int wanted) {
  Input& input = *static_cast<Input*>(opaque);
  const ByteView here = input.file.At(input.at);
  if (here.empty() || wanted <= 0) return AVERROR_EOF;
  const size_t given = std::min(here.size(), static_cast<size_t>(wanted));
  std::memcpy(to, here.data(), given);
  input.at += given;
  return static_cast<int>(given);
}

int64_t OnSeek(void* opaque, int64_t offset, int whence) {
  Input& input = *static_cast<Input*>(opaque);
  const auto size = static_cast<int64_t>(input.file.size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const int64_t base = whence == SEEK_CUR ? static_cast<int64_t>(input.at) : whence == SEEK_END ? size : 0;
  if (offset < -base || offset > std::numeric_limits<int64_t>::max() - base) return AVERROR(EINVAL);
  input.at = static_cast<uint64_t>(base + offset);
  return base + offset;
}

// A container that names another file gets none.
int OnOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

struct FreeCodec {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;
using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;

Packet NewPacket() {
  Packet packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

// One opened container over the bytes, from their beginning.
class Container {
 public:
  explicit Container(FileBytes& file) : input_{.file = file} {}
  ~Container() {
    avformat_close_input(&format_);
    if (io_ != nullptr) av_freep(&io_->buffer);
    avio_context_free(&io_);
  }
  Container(const Container&) = delete;

  // Once more from the beginning, after `before` was opened and walked: what its streams hold is known, so that nothing
  // is decoded to find it out where the container itself lists its streams.
  int OpenAgain(Kind kind, const Container& before) {
    if (!ListsItsStreams(before.format_)) return Open(kind);
    if (const int error = OpenHead(kind); error < 0) return error;
    if (before.stream_index_ >= static_cast<int>(format_->nb_streams)) return AVERROR_INVALIDDATA;
    stream_index_ = before.stream_index_;
    return 0;
  }

  // 0, or libav's error.
  int Open(Kind kind) {
    int error = OpenHead(kind);
    if (error >= 0 && !HeadTellsAll()) error = FindStreams();
    if (error < 0) return error;
    stream_index_ = av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    // A cover picture is no video.
    if (stream_index_ >= 0 && (stream()->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) stream_index_ = -1;
    return 0;
  }

  bool has_video() const { return stream_index_ >= 0; }
  AVFormatContext* format() const { return format_; }
  AVStream* stream() const { return format_->streams[stream_index_]; }

  // The next packet of the video; 0, AVERROR_EOF or an error.
  int Next(AVPacket* packet) {
    for (;;) {
      av_packet_unref(packet);
      const int error = av_read_frame(format_, packet);
      if (error < 0 || packet->stream_index == stream_index_) return error;
    }
  }

 private:
  int OpenHead(Kind kind) {
    const char* const name = DemuxerOf(kind, input_.file.head());
    const AVInputFormat* const demuxer = av_find_input_format(name);
    auto* const buffer = static_cast<uint8_t*>(av_malloc(kInputBuffer));
    io_ = buffer == nullptr ? nullptr : avio_alloc_context(buffer, kInputBuffer, 0, &input_, OnRead, nullptr, OnSeek);
    format_ = avformat_alloc_context();
    if (demuxer == nullptr || io_ == nullptr || format_ == nullptr) throw std::bad_alloc();
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
  bool HeadTellsAll() const {
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

  // The formats that tell of all their streams before the first packet.
  static bool ListsItsStreams(const AVFormatContext* format) {
    const std::string_view name = format->iformat->name;
    return name.starts_with("mov,") || name.starts_with("matroska,");
  }

  // Codecs whose decoder needs no more than what the head holds.
  static bool StartsFromHead(const AVCodecParameters& parameters) {
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

  // Looking into the streams may decode a little: one thread, and no frame larger than is decoded at all.
  int FindStreams() {
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

  Input input_;
  AVIOContext* io_ = nullptr;
  AVFormatContext* format_ = nullptr;
  int stream_index_ = -1;
};

// What the first walk keeps of each packet of the video.
struct PacketInfo {
  int64_t at = 0;               // when it is shown, in the stream's time base
  uint32_t number = kNotShown;  // in the order of showing
  bool key = false;
  H264Refers refers = {};
  static constexpr uint32_t kNotShown = UINT32_MAX;
};

// VP8 sends frames that only others refer to as packets of their own (RFC 6386, 9.1); edit lists hide frames.
bool IsShown(const AVPacket& packet, AVCodecID codec) {
  if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
  return codec != AV_CODEC_ID_VP8 || packet.size < 1 || (packet.data[0] & 0x10U) != 0;
}

struct Walked {
  std::vector<PacketInfo> packets;
  uint32_t shown = 0;
  int64_t first_at = 0;
  bool all_timed = true;  // every packet says when it is shown; if not, only decoding tells the order
  int delay = 0;          // the most packets that come before one and are shown after it
  bool damaged = false;
  bool too_many = false;
  std::optional<H264References> references = {};  // of H.264, while it can be followed
};

std::optional<H264References> ReferencesOf(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_H264 || parameters.extradata_size <= 0) return std::nullopt;
  H264References references({parameters.extradata, static_cast<size_t>(parameters.extradata_size)});
  return references.followed() ? std::optional(std::move(references)) : std::nullopt;
}

H264Refers RefersOf(const AVPacket& packet, std::optional<H264References>& references) {
  if (!references) return {};
  const bool other = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr;
  if (other || packet.data == nullptr || packet.size <= 0) {
    references.reset();
    return {};
  }
  const H264Refers refers = references->Take({packet.data, static_cast<size_t>(packet.size)});
  if (!references->followed()) references.reset();
  return refers;
}

// A decoder that does not know it may throw away frames that come later than it thought.
int DelayOf(const std::vector<PacketInfo>& packets) {
  constexpr size_t kDelayMax = 16;  // as many pictures as H.264 and HEVC hold
  size_t delay = 0;
  for (size_t i = 0; i < packets.size(); ++i) {
    size_t later = 0;
    for (size_t k = i - std::min(i, kDelayMax); k < i; ++k) later += packets[k].at > packets[i].at ? 1U : 0U;
    delay = std::max(delay, later);
  }
  return static_cast<int>(delay);
}

Walked Walk(Container& container) {
  Walked out;
  const Packet packet = NewPacket();
  const AVCodecID codec = container.stream()->codecpar->codec_id;
  out.references = ReferencesOf(*container.stream()->codecpar);
  int error = 0;
  while ((error = container.Next(packet.get())) >= 0) {
    if (out.packets.size() >= kPacketsMax) {
      out.too_many = true;
      break;
    }
    const int64_t at = packet->pts != AV_NOPTS_VALUE   ? packet->pts
                       : packet->dts != AV_NOPTS_VALUE ? packet->dts
                       : out.packets.empty()           ? 0
                                                       : out.packets.back().at + 1;
    out.all_timed = out.all_timed && packet->pts != AV_NOPTS_VALUE;
    out.damaged = out.damaged || (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    // The number says for now whether it is shown at all.
    out.packets.push_back({.at = at,
                           .number = IsShown(*packet, codec) ? 0 : PacketInfo::kNotShown,
                           .key = (packet->flags & AV_PKT_FLAG_KEY) != 0,
                           .refers = RefersOf(*packet, out.references)});
  }
  out.damaged = out.damaged || (error < 0 && error != AVERROR_EOF);
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < out.packets.size(); ++i) {
    if (out.packets[i].number != PacketInfo::kNotShown) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return out.packets[a].at < out.packets[b].at; });
  for (uint32_t k = 0; k < order.size(); ++k) out.packets[order[k]].number = k;
  out.delay = DelayOf(out.packets);
  out.shown = static_cast<uint32_t>(order.size());
  if (!order.empty()) out.first_at = out.packets[order.front()].at;
  return out;
}

// Which packets must be decoded, in runs that each begin afresh at a key frame.
class Plan {
 public:
  Plan(const Walked& walked, uint32_t step, uint32_t frames_max)
      : packets_(walked.packets),
        followed_(walked.references.has_value()),
        all_(!walked.all_timed),
        step_(step),
        frames_max_(frames_max) {}

  bool WantsNumber(uint32_t number) const { return number % step_ == 0 && number / step_ < frames_max_; }
  bool Wanted(size_t i) const {
    return all_ || (packets_[i].number != PacketInfo::kNotShown && WantsNumber(packets_[i].number));
  }
  // Frames are numbered as they come out of the decoder.
  bool by_decoding() const { return all_; }

  struct Run {
    size_t first = 0;
    size_t end = 0;  // behind the last wanted one
  };
  // A wanted frame that is shown before its own key frame leans on the group before: the two are one run.
  std::vector<Run> Runs() const {
    std::vector<Run> runs;
    if (all_) return {{0, packets_.size()}};
    size_t begin = 0;
    while (begin < packets_.size()) {
      size_t end = begin + 1;
      while (end < packets_.size() && !(packets_[end].key && !LeansBack(end))) ++end;
      size_t last = end;
      while (last > begin && !Wanted(last - 1)) --last;
      if (last > begin) runs.push_back({begin, last});
      begin = end;
    }
    return runs;
  }

  // Of the packets of a run, those that a wanted one needs, as far as that is known.
  std::vector<bool> Needed(const Run& run) const {
    std::vector<bool> needed(run.end - run.first, all_ || !followed_);
    if (all_ || !followed_) return needed;
    for (size_t i = run.end; i-- > run.first;) {
      if (!needed[i - run.first] && !Wanted(i)) continue;
      needed[i - run.first] = true;
      const H264Refers& refers = packets_[i].refers;
      if (refers.count == H264Refers::kAll) {
        std::fill(needed.begin(), needed.begin() + static_cast<std::ptrdiff_t>(i - run.first), true);
        break;
      }
      for (size_t k = 0; k < refers.count; ++k) {
        if (i - run.first >= refers.back[k]) needed[i - run.first - refers.back[k]] = true;
      }
    }
    return needed;
  }

 private:
  bool LeansBack(size_t key) const {
    size_t end = key + 1;
    for (; end < packets_.size() && !packets_[end].key; ++end) {
      if (packets_[end].at < packets_[key].at && Wanted(end)) return true;
    }
    return followed_ && RefersBack({key, end});
  }

  // A key frame in name only, as where a picture is refreshed part by part: what is wanted needs one before it.
  bool RefersBack(const Run& group) const {
    const std::vector<bool> needed = Needed(group);
    for (size_t i = group.first; i < group.end; ++i) {
      const H264Refers& refers = packets_[i].refers;
      if (!needed[i - group.first] || refers.count == H264Refers::kAll) continue;
      for (size_t k = 0; k < refers.count; ++k) {
        if (i - group.first < refers.back[k]) return true;
      }
    }
    return false;
  }

  const std::vector<PacketInfo>& packets_;
  bool followed_;
  bool all_;
  uint32_t step_;
  uint32_t frames_max_;
};

class Decoding {
 public:
  Decoding(const Walked& walked, const Plan& plan, AVRational time_base, FileFacts& facts)
      : walked_(walked), plan_(plan), time_base_(time_base), facts_(facts), frame_(av_frame_alloc()) {
    if (frame_ == nullptr) throw std::bad_alloc();
  }

  // False if no decoder opens it.
  // known: opened before, so that its streams are known.
  bool Run(Container& container, const Container& known) {
    if (!OpenCodec(known)) return false;
    const Packet packet = NewPacket();
    size_t index = 0;
    for (const Plan::Run& run : plan_.Runs()) {
      const std::vector<bool> needed = plan_.Needed(run);
      for (; index < run.end; ++index) {
        if (container.Next(packet.get()) < 0) {
          damaged = true;
          Drain();
          return true;
        }
        if (index < run.first) continue;
        // What no other frame refers to is decoded only if it is wanted itself.
        codec_->skip_frame = plan_.Wanted(index) ? AVDISCARD_DEFAULT : AVDISCARD_NONREF;
        codec_->reordered_opaque = static_cast<int64_t>(index);
        if (needed[index - run.first]) {
          Send(packet.get());
        } else {
          SendCut(*packet);
        }
      }
      codec_->skip_frame = AVDISCARD_DEFAULT;
      Drain();
    }
    return true;
  }

  bool damaged = false;
  uint64_t out_count = 0;  // frames that came out of the decoder

 private:
  bool OpenCodec(const Container& container) {
    const AVCodecParameters& parameters = *container.stream()->codecpar;
    const AVCodec* const decoder = avcodec_find_decoder(parameters.codec_id);
    codec_.reset(decoder == nullptr ? nullptr : avcodec_alloc_context3(decoder));
    if (codec_ == nullptr || avcodec_parameters_to_context(codec_.get(), &parameters) < 0) return false;
    codec_->thread_count = 1;
    if (codec_->codec_id == AV_CODEC_ID_H264) codec_->has_b_frames = std::max(codec_->has_b_frames, walked_.delay);
    codec_->max_pixels = static_cast<int64_t>(kFramePixelsMax);
    codec_->pkt_timebase = time_base_;
    return avcodec_open2(codec_.get(), decoder, nullptr) >= 0;
  }

  void Send(AVPacket* packet) {
    for (int tries = 0; tries < 2; ++tries) {
      const int error = avcodec_send_packet(codec_.get(), packet);
      if (error < 0 && error != AVERROR(EAGAIN) && !forgiving_) damaged = true;
      Receive();
      if (error != AVERROR(EAGAIN)) return;
    }
  }

  // What others refer to, but none that is needed: the decoder sees its header, and that the rest is missing.
  void SendCut(const AVPacket& packet) {
    const Bytes cut = walked_.references->Cut({packet.data, static_cast<size_t>(packet.size)});
    const Packet sent = NewPacket();
    if (av_new_packet(sent.get(), static_cast<int>(cut.size())) < 0) throw std::bad_alloc();
    std::memcpy(sent->data, cut.data(), cut.size());
    const int concealment = codec_->error_concealment;
    codec_->error_concealment = 0;
    forgiving_ = true;
    Send(sent.get());
    forgiving_ = false;
    codec_->error_concealment = concealment;
  }

  void Drain() {
    avcodec_send_packet(codec_.get(), nullptr);
    Receive();
    avcodec_flush_buffers(codec_.get());
  }

  void Receive() {
    for (;;) {
      const int error = avcodec_receive_frame(codec_.get(), frame_.get());
      if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return;
      if (error < 0) {
        damaged = damaged || !forgiving_;
        return;
      }
      Take();
      av_frame_unref(frame_.get());
    }
  }

  // The number of the frame that came out, if it is a wanted one that is not there yet.
  std::optional<uint32_t> NumberOf(uint64_t out_number, uint64_t index) const {
    if (plan_.by_decoding()) {
      const bool wanted = out_number < UINT32_MAX && plan_.WantsNumber(static_cast<uint32_t>(out_number));
      return wanted ? std::optional(static_cast<uint32_t>(out_number)) : std::nullopt;
    }
    if (index >= walked_.packets.size() || !plan_.Wanted(index)) return std::nullopt;
    const uint32_t number = walked_.packets[index].number;
    return seen_.contains(number) ? std::nullopt : std::optional(number);
  }

  void Take() {
    const auto index = static_cast<uint64_t>(frame_->reordered_opaque);
    const std::optional<uint32_t> number = NumberOf(out_count++, index);
    if (!number) return;
    const std::optional<SampledPicture> picture = PictureOf(*frame_);
    if (!picture) return;
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0) damaged = true;
    if (facts_.video_frames.empty()) {  // the container did not say, or not what the codec says
      facts_.width = picture->width;
      facts_.height = picture->height;
    }
    const PdqHash hash = HashPdq(*picture);
    int64_t millis = 0;
    if (plan_.by_decoding()) {
      millis = facts_.video->frame_rate > 0 ? static_cast<int64_t>(*number * 1000.0 / facts_.video->frame_rate) : 0;
    } else {
      const int64_t since = std::max(walked_.packets[index].at - walked_.first_at, int64_t{0});
      millis = av_rescale_q(since, time_base_, AVRational{1, 1000});
    }
    seen_.insert(*number);
    facts_.video_frames.push_back({.number = *number,
                                   .at_millis = static_cast<uint64_t>(std::max(millis, int64_t{0})),
                                   .quality = hash.quality,
                                   .pdq = hash.hash});
  }

  const Walked& walked_;
  const Plan& plan_;
  AVRational time_base_;
  FileFacts& facts_;
  std::set<uint32_t> seen_;
  Codec codec_;
  Frame frame_;
  bool forgiving_ = false;  // of a packet that was cut
};

std::string Tag(const AVFormatContext* format, std::initializer_list<const char*> names) {
  for (const char* const name : names) {
    const AVDictionaryEntry* const entry = av_dict_get(format->metadata, name, nullptr, 0);
    if (entry != nullptr) return CleanText(entry->value, kExifTextMax);
  }
  return {};
}

// "2021-07-04T16:22:31.000000Z" to the second; anything else is not kept.
std::string TimeOf(const std::string& text) {
  constexpr std::string_view kShape = "9999-99-99T99:99:99";
  if (text.size() < kShape.size()) return {};
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '9' ? !digit : text[i] != kShape[i]) return {};
  }
  return text.substr(0, kShape.size()) + "Z";
}

// "+52.5200+013.4050/" (ISO 6709): two signed numbers of degrees.
void TakePlace(const std::string& text, ExifFacts& exif) {
  double values[2] = {};
  const char* at = text.c_str();
  for (double& value : values) {
    if (*at != '+' && *at != '-') return;
    char* end = nullptr;
    value = std::strtod(at, &end);
    if (end == at) return;
    at = end;
  }
  if (!(std::abs(values[0]) <= 90) || !(std::abs(values[1]) <= 180)) return;
  exif.latitude = values[0];
  exif.longitude = values[1];
}

double RateOf(AVRational rate) {
  const double value = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  return value > 0 && value < 1e6 ? value : 0;
}

void TakeContainer(const Container& container, FileFacts& facts) {
  const AVFormatContext* const format = container.format();
  VideoFacts video;
  video.container = CleanText(format->iformat->name, kExifTextMax);
  video.created_at = TimeOf(Tag(format, {"creation_time"}));
  if (format->duration > 0) video.duration_millis = static_cast<uint64_t>(format->duration) / 1000;
  facts.exif.make = Tag(format, {"com.apple.quicktime.make", "make"});
  facts.exif.model = Tag(format, {"com.apple.quicktime.model", "model"});
  facts.exif.software = Tag(format, {"com.apple.quicktime.software", "software", "encoder"});
  TakePlace(Tag(format, {"com.apple.quicktime.location.ISO6709", "location"}), facts.exif);
  if (container.has_video()) {
    const AVStream& stream = *container.stream();
    video.codec = CleanText(avcodec_get_name(stream.codecpar->codec_id), kExifTextMax);
    video.frame_rate = RateOf(stream.avg_frame_rate);
    if (video.frame_rate == 0) video.frame_rate = RateOf(stream.r_frame_rate);
    facts.width = static_cast<uint32_t>(std::max(stream.codecpar->width, 0));
    facts.height = static_cast<uint32_t>(std::max(stream.codecpar->height, 0));
  }
  facts.video = std::move(video);
}

void Say(FileFacts& facts, State state, Reason reason) {
  facts.state = state;
  facts.reason = reason;
}

}  // namespace

void DecodeVideo(FileBytes& file, const Limits& limits, FileFacts& facts) {
  av_log_set_level(AV_LOG_QUIET);
  Container first(file);
  if (const int error = first.Open(facts.kind); error < 0) {
    const bool memory = error == AVERROR(ENOMEM);
    return Say(facts, memory ? State::kLimitExceeded : State::kUndecodable,
               memory                 ? Reason::kMemoryLimit
               : error == AVERROR_EOF ? Reason::kEndedEarly
                                      : Reason::kDamagedHeader);
  }
  TakeContainer(first, facts);
  if (!first.has_video()) return Say(facts, State::kExamined, Reason::kNone);  // sound alone
  if (uint64_t{facts.width} * facts.height > std::min(kFramePixelsMax, limits.pixels_max))
    return Say(facts, State::kLimitExceeded, Reason::kPixelLimit);
  const Walked walked = Walk(first);
  facts.frames = walked.shown;
  const auto step = static_cast<uint32_t>(std::max(1.0, facts.video->frame_rate));
  const Plan plan(walked, step, limits.video_frames_max);

  Container second(file);
  if (second.OpenAgain(facts.kind, first) < 0 || !second.has_video())
    return Say(facts, State::kUndecodable, Reason::kDamagedData);
  Decoding decoding(walked, plan, second.stream()->time_base, facts);
  if (!decoding.Run(second, first)) return Say(facts, State::kUndecodable, Reason::kUnsupportedVariant);
  std::ranges::sort(facts.video_frames, {}, &VideoFrame::number);

  if (plan.by_decoding()) facts.frames = static_cast<uint32_t>(std::min<uint64_t>(decoding.out_count, UINT32_MAX));
  const uint64_t wanted = (uint64_t{facts.frames} + step - 1) / step;
  const uint64_t stated = static_cast<uint64_t>(std::max(first.stream()->nb_frames, int64_t{0}));
  if (uint64_t{facts.width} * facts.height > limits.pixels_max)
    return Say(facts, State::kLimitExceeded, Reason::kPixelLimit);
  if (facts.video_frames.empty()) return Say(facts, State::kUndecodable, Reason::kDamagedData);
  if (walked.too_many || wanted > limits.video_frames_max)
    return Say(facts, State::kLimitExceeded, Reason::kFrameLimit);
  if (stated > walked.packets.size()) return Say(facts, State::kTruncated, Reason::kEndedEarly);
  if (walked.damaged || decoding.damaged || facts.video_frames.size() < wanted)
    return Say(facts, State::kTruncated, Reason::kDamagedData);
  if (EndsBeforeItsEnd(facts.kind, file)) return Say(facts, State::kTruncated, Reason::kEndedEarly);
  Say(facts, State::kExamined, Reason::kNone);
}

}  // namespace crossguard::examine
