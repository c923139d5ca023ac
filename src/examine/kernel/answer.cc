#include "examine/kernel/answer.h"

#include <cmath>
#include <cstring>

namespace crossguard::examine {
namespace {

struct MemberRecord {
  uint64_t size_bytes;
  uint32_t index;
  uint16_t name_bytes;
  uint8_t flags;
  uint8_t zero;
};
static_assert(std::is_trivially_copyable_v<MemberRecord> && sizeof(MemberRecord) == 16);

struct FrameRecord {
  uint64_t at_millis;
  uint32_t number;
  uint32_t quality;
  std::array<uint8_t, 32> pdq;
};
static_assert(std::is_trivially_copyable_v<FrameRecord> && sizeof(FrameRecord) == 48);

constexpr double kFrameRateMax = 1e6;
constexpr uint8_t kSizeKnown = 1, kIsFile = 2, kEncrypted = 4, kNameEscapes = 8;

std::unexpected<Error> Malformed() {
  return Fail(Code::kCorrupt, "The examiner's answer is malformed; the file is examined again on its own.");
}

bool IsCleanText(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return IsUtf8(text);
}

// What the jail may say; the other states are for the trusted side to give.
bool MaySay(uint8_t state, uint8_t reason) {
  if (reason > static_cast<uint8_t>(kLastReason)) return false;
  if (static_cast<Reason>(reason) >= Reason::kSignal) return false;
  switch (static_cast<State>(state)) {
    case State::kExamined:
    case State::kUnsupportedKind:
      return reason == 0;
    case State::kTruncated:
    case State::kUndecodable:
    case State::kLimitExceeded:
      return reason != 0;
    default:
      return false;
  }
}

void PutText(const std::string& text, size_t i, Answer& answer) {
  const size_t count = std::min(text.size(), kExifTextMax);
  answer.text_lengths[i] = static_cast<uint8_t>(count);
  std::memcpy(answer.texts[i].data(), text.data(), count);
}

// What one family may say of a kind: all of its own; of the others only that they are others.
bool MaySayOfKind(const FileFacts& facts, std::optional<Family> family) {
  if (!family || FamilyOf(facts.kind) == *family) return true;
  return facts.state == State::kUnsupportedKind ||
         (facts.state == State::kLimitExceeded && facts.reason == Reason::kFileSizeLimit);
}

// After the fingerprint: without it there are no others.
bool ReadOtherHashes(const Answer& answer, FileFacts& facts) {
  if (answer.has_pdq_whole > 1 || answer.has_turned > 1) return false;
  if (!facts.pdq && (answer.has_pdq_whole == 1 || answer.has_turned == 1)) return false;
  if (answer.pdq_whole_quality < 0 || answer.pdq_whole_quality > 100) return false;
  if (answer.has_pdq_whole == 1) {
    facts.pdq_whole = Pdq{answer.pdq_whole};
    facts.pdq_whole_quality = answer.pdq_whole_quality;
  } else if (answer.pdq_whole_quality != 0) {
    return false;
  }
  if (answer.has_turned == 1) {
    for (const auto& hash : answer.turned) facts.turned.push_back(Pdq{hash});
  }
  return true;
}

bool ReadThumbnail(const Answer& answer, const Limits& limits, FileFacts& facts) {
  if (answer.has_thumbnail > 1) return false;
  if (answer.has_thumbnail == 0) return true;
  const uint64_t pixels = uint64_t{answer.thumbnail_width} * answer.thumbnail_height;
  if (!facts.pdq || pixels == 0 || pixels > limits.pixels_max) return false;
  if (answer.thumbnail_quality < 0 || answer.thumbnail_quality > 100) return false;
  if (answer.thumbnail_distance < 0 || answer.thumbnail_distance > 256) return false;
  facts.thumbnail = ThumbnailFacts{.width = answer.thumbnail_width,
                                   .height = answer.thumbnail_height,
                                   .pdq = Pdq{answer.thumbnail_pdq},
                                   .pdq_quality = answer.thumbnail_quality,
                                   .distance = answer.thumbnail_distance};
  return true;
}

bool ReadJpeg(const Answer& answer, FileFacts& facts) {
  if (answer.has_jpeg > 1 || answer.jpeg_quality > 100) return false;
  if (answer.jpeg_standard_codes > 1 || answer.jpeg_progressive > 1) return false;
  if (answer.has_jpeg == 0) return answer.jpeg_quality + answer.jpeg_standard_codes + answer.jpeg_progressive == 0;
  if (facts.kind != Kind::kJpeg) return false;
  facts.jpeg = JpegSigns{.quality = answer.jpeg_quality,
                         .standard_codes = answer.jpeg_standard_codes == 1,
                         .progressive = answer.jpeg_progressive == 1};
  return true;
}

// After the texts.
bool ReadVideo(const Answer& answer, std::vector<VideoFrame> frames, VideoFacts video, FileFacts& facts) {
  if (answer.has_video > 1 || answer.video_frames != frames.size()) return false;
  if (answer.has_video == 0) {
    const bool animation = facts.pdq && !facts.of_preview && facts.frames > 1;
    if (!frames.empty() && (!animation || frames.back().number >= facts.frames)) return false;
    facts.video_frames = std::move(frames);
    return video == VideoFacts{} && answer.duration_millis == 0 && answer.frame_rate == 0;
  }
  if (!IsVideo(facts.kind) || !(answer.frame_rate >= 0) || !(answer.frame_rate <= kFrameRateMax)) return false;
  if (answer.duration_millis > static_cast<uint64_t>(INT64_MAX)) return false;
  if (!frames.empty() && (facts.width == 0 || frames.back().number >= facts.frames)) return false;
  video.duration_millis = answer.duration_millis;
  video.frame_rate = answer.frame_rate;
  facts.video = std::move(video);
  facts.video_frames = std::move(frames);
  return true;
}

}  // namespace

Answer ToAnswer(const FileFacts& facts) {
  Answer answer;
  std::memset(&answer, 0, sizeof(answer));
  answer.state = static_cast<uint8_t>(facts.state);
  answer.reason = static_cast<uint8_t>(facts.reason);
  answer.kind = static_cast<uint8_t>(facts.kind);
  answer.width = facts.width;
  answer.height = facts.height;
  answer.frames = facts.frames;
  answer.members = static_cast<uint32_t>(facts.members.size());
  answer.video_frames = static_cast<uint32_t>(facts.video_frames.size());
  answer.of_preview = facts.of_preview ? 1 : 0;
  answer.behind_at = facts.behind_at;
  if (facts.pdq) {
    answer.has_pdq = 1;
    answer.pdq = facts.pdq->bytes;
    answer.pdq_quality = facts.pdq_quality;
  }
  if (facts.pdq_whole) {
    answer.has_pdq_whole = 1;
    answer.pdq_whole = facts.pdq_whole->bytes;
    answer.pdq_whole_quality = facts.pdq_whole_quality;
  }
  if (facts.turned.size() == answer.turned.size()) {
    answer.has_turned = 1;
    for (size_t i = 0; i < facts.turned.size(); ++i) answer.turned[i] = facts.turned[i].bytes;
  }
  if (facts.exif.latitude && facts.exif.longitude) {
    answer.has_position = 1;
    answer.latitude = *facts.exif.latitude;
    answer.longitude = *facts.exif.longitude;
  }
  answer.orientation = facts.exif.orientation;
  if (facts.thumbnail) {
    answer.has_thumbnail = 1;
    answer.thumbnail_width = facts.thumbnail->width;
    answer.thumbnail_height = facts.thumbnail->height;
    answer.thumbnail_pdq = facts.thumbnail->pdq.bytes;
    answer.thumbnail_quality = facts.thumbnail->pdq_quality;
    answer.thumbnail_distance = facts.thumbnail->distance;
  }
  if (facts.jpeg) {
    answer.has_jpeg = 1;
    answer.jpeg_quality = facts.jpeg->quality;
    answer.jpeg_standard_codes = facts.jpeg->standard_codes ? 1 : 0;
    answer.jpeg_progressive = facts.jpeg->progressive ? 1 : 0;
  }
  if (facts.video) {
    answer.has_video = 1;
    answer.duration_millis = facts.video->duration_millis;
    answer.frame_rate = facts.video->frame_rate;
    PutText(facts.video->container, 6, answer);
    PutText(facts.video->codec, 7, answer);
    PutText(facts.video->created_at, 8, answer);
  }
  PutText(facts.exif.make, 0, answer);
  PutText(facts.exif.model, 1, answer);
  PutText(facts.exif.serial, 2, answer);
  PutText(facts.exif.software, 3, answer);
  PutText(facts.exif.taken_at, 4, answer);
  PutText(facts.exif.utc_offset, 5, answer);
  return answer;
}

Result<FileFacts> ReadAnswer(ByteView body, Records records, const Limits& limits, std::optional<Family> family) {
  if (body.size() != sizeof(Answer)) return Malformed();
  Answer answer;
  std::memcpy(&answer, body.data(), sizeof(answer));
  if (!MaySay(answer.state, answer.reason) || answer.kind > static_cast<uint8_t>(kLastKind)) return Malformed();
  FileFacts facts;
  facts.state = static_cast<State>(answer.state);
  facts.reason = static_cast<Reason>(answer.reason);
  facts.kind = static_cast<Kind>(answer.kind);

  if (!MaySayOfKind(facts, family)) return Malformed();

  const bool picture = IsPicture(facts.kind);
  if (!picture && answer.has_pdq != 0) return Malformed();
  if (!picture && !IsVideo(facts.kind) && (answer.width != 0 || answer.height != 0 || answer.frames != 0))
    return Malformed();
  const uint64_t pixels = uint64_t{answer.width} * answer.height;
  const bool over = facts.state == State::kLimitExceeded;
  if (!over && (pixels > limits.pixels_max || (picture && answer.frames > limits.frames_max))) return Malformed();
  facts.width = answer.width;
  facts.height = answer.height;
  facts.frames = answer.frames;

  const bool hashed = facts.state == State::kExamined || facts.state == State::kTruncated;
  if (answer.has_pdq > 1 || (answer.has_pdq == 1) != (picture && hashed)) return Malformed();
  if (answer.has_pdq == 1) {
    if (pixels == 0 || answer.frames == 0 || answer.pdq_quality < 0 || answer.pdq_quality > 100) return Malformed();
    facts.pdq = Pdq{answer.pdq};
    facts.pdq_quality = answer.pdq_quality;
  } else if (answer.pdq_quality != 0) {
    return Malformed();
  }

  if (!ReadOtherHashes(answer, facts)) return Malformed();
  if (answer.of_preview > 1 || (answer.of_preview == 1 && !facts.pdq)) return Malformed();
  facts.of_preview = answer.of_preview == 1;
  const bool has_end = facts.pdq || IsVideo(facts.kind) || IsArchive(facts.kind) || IsProgram(facts.kind);
  if (answer.behind_at != 0 && !has_end) return Malformed();
  facts.behind_at = answer.behind_at;
  if (!ReadThumbnail(answer, limits, facts) || !ReadJpeg(answer, facts)) return Malformed();

  if (answer.has_position > 1 || answer.orientation > 8) return Malformed();
  if (answer.has_position == 1) {
    if (!(std::abs(answer.latitude) <= 90.0) || !(std::abs(answer.longitude) <= 180.0)) return Malformed();
    facts.exif.latitude = answer.latitude;
    facts.exif.longitude = answer.longitude;
  }
  facts.exif.orientation = answer.orientation;
  VideoFacts video;
  const std::array<std::string*, Answer::kTexts> texts{
      &facts.exif.make,       &facts.exif.model, &facts.exif.serial, &facts.exif.software, &facts.exif.taken_at,
      &facts.exif.utc_offset, &video.container,  &video.codec,       &video.created_at};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (answer.text_lengths[i] > kExifTextMax) return Malformed();
    texts[i]->assign(answer.texts[i].data(), answer.text_lengths[i]);
    if (!IsCleanText(*texts[i])) return Malformed();
  }
  if (facts.exif.taken_at.size() > 19 || facts.exif.utc_offset.size() > 6) return Malformed();
  if (video.created_at.size() > 20) return Malformed();
  if (!ReadVideo(answer, std::move(records.frames), std::move(video), facts)) return Malformed();
  const bool has_members = !records.members.empty();
  if (answer.members != records.members.size() || (has_members && !IsArchive(facts.kind))) return Malformed();
  facts.members = std::move(records.members);
  return facts;
}

Result<Verdict> ReadMemberEnd(ByteView body) {
  if (body.size() != sizeof(MemberEnd)) return Malformed();
  MemberEnd end;
  std::memcpy(&end, body.data(), sizeof(end));
  if (!MaySay(end.state, end.reason) || end.state == static_cast<uint8_t>(State::kUnsupportedKind)) return Malformed();
  return Verdict{static_cast<State>(end.state), static_cast<Reason>(end.reason)};
}

size_t PackMembers(const std::vector<ArchiveMember>& members, size_t from, Bytes& out) {
  size_t taken = 0;
  for (size_t i = from; i < members.size(); ++i, ++taken) {
    const ArchiveMember& member = members[i];
    const size_t name_bytes = std::min(member.name.size(), kMemberNameMax);
    if (out.size() + sizeof(MemberRecord) + name_bytes > kBodyBytesMax) break;
    const uint32_t flags = (member.size_known ? kSizeKnown : 0U) | (member.is_file ? kIsFile : 0U) |
                           (member.encrypted ? kEncrypted : 0U) | (member.name_escapes ? kNameEscapes : 0U);
    const MemberRecord record{.size_bytes = member.size_bytes,
                              .index = member.index,
                              .name_bytes = static_cast<uint16_t>(name_bytes),
                              .flags = static_cast<uint8_t>(flags),
                              .zero = 0};
    const size_t at = out.size();
    out.resize(at + sizeof(record) + name_bytes);
    std::memcpy(out.data() + at, &record, sizeof(record));
    std::memcpy(out.data() + at + sizeof(record), member.name.data(), name_bytes);
  }
  return taken;
}

Status ReadMembers(ByteView body, const Limits& limits, std::vector<ArchiveMember>& members) {
  while (!body.empty()) {
    MemberRecord record;
    if (body.size() < sizeof(record)) return Malformed();
    std::memcpy(&record, body.data(), sizeof(record));
    body = body.subspan(sizeof(record));
    if (record.name_bytes > kMemberNameMax || record.name_bytes > body.size()) return Malformed();
    if (record.flags > 15 || record.zero != 0) return Malformed();
    if (record.index != members.size() || members.size() >= limits.entries_max) return Malformed();
    const std::string_view name = AsText(body.first(record.name_bytes));
    body = body.subspan(record.name_bytes);
    if (!IsCleanText(name)) return Malformed();
    members.push_back(ArchiveMember{.index = record.index,
                                    .name = std::string(name),
                                    .size_bytes = record.size_bytes,
                                    .size_known = (record.flags & kSizeKnown) != 0,
                                    .is_file = (record.flags & kIsFile) != 0,
                                    .encrypted = (record.flags & kEncrypted) != 0,
                                    .name_escapes = (record.flags & kNameEscapes) != 0});
  }
  return {};
}

size_t PackFrames(const std::vector<VideoFrame>& frames, size_t from, Bytes& out) {
  size_t taken = 0;
  for (size_t i = from; i < frames.size() && out.size() + sizeof(FrameRecord) <= kBodyBytesMax; ++i, ++taken) {
    const FrameRecord record{.at_millis = frames[i].at_millis,
                             .number = frames[i].number,
                             .quality = static_cast<uint32_t>(frames[i].quality),
                             .pdq = frames[i].pdq.bytes};
    const size_t at = out.size();
    out.resize(at + sizeof(record));
    std::memcpy(out.data() + at, &record, sizeof(record));
  }
  return taken;
}

Status ReadFrames(ByteView body, const Limits& limits, std::vector<VideoFrame>& frames) {
  for (; !body.empty(); body = body.subspan(sizeof(FrameRecord))) {
    FrameRecord record;
    if (body.size() < sizeof(record)) return Malformed();
    std::memcpy(&record, body.data(), sizeof(record));
    if (record.quality > 100 || record.at_millis > static_cast<uint64_t>(INT64_MAX)) return Malformed();
    if (frames.size() >= limits.video_frames_max) return Malformed();
    if (!frames.empty() && record.number <= frames.back().number) return Malformed();
    frames.push_back(VideoFrame{.number = record.number,
                                .at_millis = record.at_millis,
                                .quality = static_cast<int>(record.quality),
                                .pdq = Pdq{record.pdq}});
  }
  return {};
}

}  // namespace crossguard::examine
