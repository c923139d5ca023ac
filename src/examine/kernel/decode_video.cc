#include "examine/kernel/decode_video.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <set>

#include "examine/kernel/container_end.h"
#include "examine/kernel/exif.h"
#include "examine/kernel/pdq.h"
#include "examine/kernel/video_container.h"
#include "examine/kernel/video_frame.h"
#include "examine/kernel/video_plan.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
}

namespace crossguard::examine {
namespace {

struct FreeCodec {
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct FreeFrame {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;
using Frame = std::unique_ptr<AVFrame, FreeFrame>;

// nullptr: no decoder opens it.
// known: opened before, so that its streams are known.
Codec OpenDecoder(const Container& known, const Walked& walked, AVRational time_base) {
  const AVCodecParameters& parameters = *known.stream()->codecpar;
  const AVCodec* const decoder = avcodec_find_decoder(parameters.codec_id);
  Codec codec(decoder == nullptr ? nullptr : avcodec_alloc_context3(decoder));
  if (codec == nullptr || avcodec_parameters_to_context(codec.get(), &parameters) < 0) return nullptr;
  codec->thread_count = 1;
  if (codec->codec_id == AV_CODEC_ID_H264) codec->has_b_frames = std::max(codec->has_b_frames, walked.delay);
  codec->max_pixels = static_cast<int64_t>(kFramePixelsMax);
  codec->pkt_timebase = time_base;
  return avcodec_open2(codec.get(), decoder, nullptr) >= 0 ? std::move(codec) : nullptr;
}

// Of a film that begins within a group, the frames that no decoder shows have no numbers: vPDQ counts what comes out.
void HideWhatLeansOnNothing(FileBytes& file, Kind kind, const Container& known, Walked& walked) {
  const LeadIn lead = LeadInOf(walked);
  Container container(file);
  if (lead.end == 0 || container.OpenAgain(kind, known) < 0 || !container.has_video()) return;
  const Codec codec = OpenDecoder(known, walked, container.stream()->time_base);
  const Packet packet = NewPacket();
  const Frame frame(av_frame_alloc());
  if (frame == nullptr) throw std::bad_alloc();
  if (codec == nullptr) return;
  std::vector<bool> shown(lead.end, false);
  const auto receive = [&] {
    while (avcodec_receive_frame(codec.get(), frame.get()) >= 0) {
      const auto index = static_cast<uint64_t>(frame->reordered_opaque);
      if (index < shown.size()) shown[index] = true;
      av_frame_unref(frame.get());
    }
  };
  for (size_t i = 0; i < lead.end && container.Next(packet.get()) >= 0; ++i) {
    codec->reordered_opaque = static_cast<int64_t>(i);
    if (avcodec_send_packet(codec.get(), packet.get()) == AVERROR(EAGAIN)) {
      receive();
      avcodec_send_packet(codec.get(), packet.get());
    }
    receive();
  }
  avcodec_send_packet(codec.get(), nullptr);
  receive();
  for (size_t i = 0; i < lead.end; ++i) {
    PacketInfo& info = walked.packets[i];
    if (shown[i] || info.number == PacketInfo::kNotShown || !lead.MayLean(walked, i)) continue;
    info.number = PacketInfo::kNotShown;
    walked.damaged = true;
  }
  NumberFrames(walked);
}

class Decoding {
 public:
  Decoding(const Walked& walked, const Plan& plan, AVRational time_base, FileFacts& facts)
      : walked_(walked), plan_(plan), time_base_(time_base), facts_(facts), frame_(av_frame_alloc()) {
    if (frame_ == nullptr) throw std::bad_alloc();
  }

  // False if no decoder opens it.
  bool Run(Container& container, const Container& known) {
    codec_ = OpenDecoder(known, walked_, time_base_);
    if (codec_ == nullptr) return false;
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
      // Of H.264 the frames that follow a recovery point are taken for sound only once that one came out; what is still
      // inside then would be kept back.
      if (walked_.packets[run.first].key) codec_->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
      Drain();
      codec_->flags &= ~AV_CODEC_FLAG_OUTPUT_CORRUPT;
    }
    return true;
  }

  bool damaged = false;
  bool odd_pixels = false;  // a frame came out in a form that no plain reading opens
  uint64_t out_count = 0;   // frames that came out of the decoder

 private:
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
    if (!picture) {
      odd_pixels = true;
      return;
    }
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
    if (container.is_cover()) video.frame_rate = 0;
    facts.width = static_cast<uint32_t>(std::max(stream.codecpar->width, 0));
    facts.height = static_cast<uint32_t>(std::max(stream.codecpar->height, 0));
  }
  facts.video = std::move(video);
}

void Say(FileFacts& facts, State state, Reason reason) {
  facts.state = state;
  facts.reason = reason;
}

// What Flash draws by itself only its own program would show.
void SayOnlyDrawn(FileFacts& facts) {
  Say(facts, State::kUndecodable, Reason::kUnsupportedVariant);
}

}  // namespace

void DecodeVideo(FileBytes& file, const Limits& limits, FileFacts& facts) {
  av_log_set_level(AV_LOG_QUIET);
  Container first(file);
  if (const int error = first.Open(facts.kind); error < 0) {
    if (facts.kind == Kind::kFlash && error == AVERROR_EOF) return SayOnlyDrawn(facts);
    const bool memory = error == AVERROR(ENOMEM);
    return Say(facts, memory ? State::kLimitExceeded : State::kUndecodable,
               memory                 ? Reason::kMemoryLimit
               : error == AVERROR_EOF ? Reason::kEndedEarly
                                      : Reason::kDamagedHeader);
  }
  TakeContainer(first, facts);
  if (!first.has_video()) {  // sound alone
    return facts.kind == Kind::kFlash ? SayOnlyDrawn(facts) : Say(facts, State::kExamined, Reason::kNone);
  }
  if (uint64_t{facts.width} * facts.height > std::min(kFramePixelsMax, limits.pixels_max))
    return Say(facts, State::kLimitExceeded, Reason::kPixelLimit);
  Walked walked = Walk(first);
  facts.frames = walked.shown;
  if (walked.encrypted) return Say(facts, State::kUndecodable, Reason::kEncrypted);
  HideWhatLeansOnNothing(file, facts.kind, first, walked);
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
  if (facts.video_frames.empty())
    return Say(facts, State::kUndecodable, decoding.odd_pixels ? Reason::kUnsupportedVariant : Reason::kDamagedData);
  if (walked.too_many || wanted > limits.video_frames_max)
    return Say(facts, State::kLimitExceeded, Reason::kFrameLimit);
  // An AVI lists frames that were dropped, or are one with another, as empty ones: then its own end must be missing
  // too.
  if (stated > walked.packets.size() && (facts.kind != Kind::kAvi || EndsBeforeItsEnd(facts.kind, file)))
    return Say(facts, State::kTruncated, Reason::kEndedEarly);
  if (walked.damaged || decoding.damaged || facts.video_frames.size() < wanted)
    return Say(facts, State::kTruncated, Reason::kDamagedData);
  if (EndsBeforeItsEnd(facts.kind, file)) return Say(facts, State::kTruncated, Reason::kEndedEarly);
  Say(facts, State::kExamined, Reason::kNone);
}

}  // namespace crossguard::examine
