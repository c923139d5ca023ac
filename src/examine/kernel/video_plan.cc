#include "examine/kernel/video_plan.h"

#include <algorithm>

#include "examine/kernel/h264_begin.h"

namespace crossguard::examine {
namespace {

constexpr size_t kPacketsMax = 8'000'000;  // three days at 30 frames a second

// VP8 sends frames that only others refer to as packets of their own (RFC 6386, 9.1); edit lists hide frames; the end
// of a sequence of Dirac is a packet too (its specification, 9.6).
bool IsShown(const AVPacket& packet, AVCodecID codec) {
  constexpr int kDiracHead = 13;
  if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
  if (codec == AV_CODEC_ID_DIRAC && packet.size <= kDiracHead) return false;
  return codec != AV_CODEC_ID_VP8 || packet.size < 1 || (packet.data[0] & 0x10U) != 0;
}

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

bool BeginsAfresh(const AVPacket& packet, const AVCodecParameters& parameters) {
  if ((packet.flags & AV_PKT_FLAG_KEY) == 0) return false;
  if (parameters.codec_id != AV_CODEC_ID_H264 || packet.data == nullptr || packet.size <= 0) return true;
  const bool lengths = parameters.extradata_size >= 7 && parameters.extradata[0] == 1;  // avcC
  return H264BeginsAfresh({packet.data, static_cast<size_t>(packet.size)},
                          lengths ? (parameters.extradata[4] & 3U) + 1U : 0U);
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

}  // namespace

Walked Walk(Container& container) {
  Walked out;
  const Packet packet = NewPacket();
  const AVCodecID codec = container.stream()->codecpar->codec_id;
  out.references = ReferencesOf(*container.stream()->codecpar);
  int64_t shift = 0, last = INT64_MIN;  // added to the times as they stand in the file; the latest of those told
  int error = 0;
  while ((error = container.Next(packet.get())) >= 0) {
    if (out.packets.size() >= kPacketsMax) {
      out.too_many = true;
      break;
    }
    int64_t at = packet->pts != AV_NOPTS_VALUE   ? packet->pts
                 : packet->dts != AV_NOPTS_VALUE ? packet->dts
                 : out.packets.empty()           ? 0
                                                 : out.packets.back().at + 1;
    const bool begins = BeginsAfresh(*packet, *container.stream()->codecpar);
    // What is decoded before one that begins afresh is shown before it. Where times say otherwise they began anew, as
    // where one recording was hung on another.
    if (begins && at + shift <= last && packet->pts != AV_NOPTS_VALUE)
      shift = last - at + std::max(packet->duration, int64_t{1});
    at += shift;
    last = std::max(last, at);
    out.encrypted = out.encrypted || av_packet_get_side_data(packet.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr);
    out.all_timed = out.all_timed && packet->pts != AV_NOPTS_VALUE;
    out.damaged = out.damaged || (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    // The number says for now whether it is shown at all.
    out.packets.push_back({.at = at,
                           .number = IsShown(*packet, codec) ? 0 : PacketInfo::kNotShown,
                           .key = begins,
                           .refers = RefersOf(*packet, out.references)});
  }
  out.damaged = out.damaged || (error < 0 && error != AVERROR_EOF);
  // Where nothing begins afresh, only decoding tells what is shown at all.
  out.all_timed = out.all_timed && (out.packets.empty() || std::ranges::any_of(out.packets, &PacketInfo::key));
  out.delay = DelayOf(out.packets);
  NumberFrames(out);
  return out;
}

void NumberFrames(Walked& walked) {
  std::vector<PacketInfo>& packets = walked.packets;
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < packets.size(); ++i) {
    if (packets[i].number != PacketInfo::kNotShown) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return packets[a].at < packets[b].at; });
  for (uint32_t k = 0; k < order.size(); ++k) packets[order[k]].number = k;
  walked.shown = static_cast<uint32_t>(order.size());
  if (!order.empty()) walked.first_at = packets[order.front()].at;
}

LeadIn LeadInOf(const Walked& walked) {
  constexpr size_t kBehindKey = 33;  // a key, and twice as many pictures as are held back
  const std::vector<PacketInfo>& packets = walked.packets;
  const auto key = std::ranges::find(packets, true, &PacketInfo::key);
  if (!walked.all_timed || key == packets.end()) return {};
  LeadIn out{.end = 0, .first_key = static_cast<size_t>(key - packets.begin())};
  bool leans = out.first_key > 0;
  size_t end = out.first_key + 1;
  for (; end < packets.size() && end < out.first_key + kBehindKey && !packets[end].key; ++end) {
    leans = leans || out.MayLean(walked, end);
  }
  if (leans) out.end = end;
  return out;
}

std::vector<Plan::Run> Plan::Runs() const {
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

std::vector<bool> Plan::Needed(const Run& run) const {
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

bool Plan::LeansBack(size_t key) const {
  size_t end = key + 1;
  for (; end < packets_.size() && !packets_[end].key; ++end) {
    if (packets_[end].at < packets_[key].at && Wanted(end)) return true;
  }
  return followed_ && RefersBack({key, end});
}

// A key frame in name only, as where a picture is refreshed part by part: what is wanted needs one before it.
bool Plan::RefersBack(const Run& group) const {
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

}  // namespace crossguard::examine
