// What leaves the jail: messages on one socket, each received whole into the trusted side's own memory (so it is copied
// exactly once and can never change while it is being checked), then validated field by field. Nothing here trusts the
// sender.
//
// A message is a MessageHeader and `length` bytes: an Answer (fixed size), a run of member records, a chunk of an
// unpacked member, a member's end, or a question for bytes of a large file. Both sides are the same build on the same
// machine: native byte order.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "base/bytes.h"
#include "examine/kernel/archive.h"
#include "examine/kernel/facts.h"

namespace crossguard::examine {

enum class MessageKind : uint32_t {
  kAnswer = 1,  // ends a file
  kMembers,     // member records, before the answer of their archive
  kMemberData,  // bytes of one member
  kMemberEnd,   // ends a member
  kDone,        // ends an unpacking: the verdict on the archive as a whole
  kFrames,      // records of the fingerprinted frames of a video or animation, before the answer of their file
  kFetch,       // a question: bytes of a file at a distance; answered by a FetchReply on the same socket
};

struct MessageHeader {
  uint32_t magic;
  MessageKind kind;
  uint32_t index;   // of the file in its batch; for kMemberData and kMemberEnd of the member
  uint32_t length;  // bytes that follow in the same message
};
constexpr uint32_t kMessageMagic = 0x43477841;
constexpr size_t kMessageBytesMax = size_t{64} << 10;  // header and body
static_assert(std::is_trivially_copyable_v<MessageHeader> && sizeof(MessageHeader) == 16);
constexpr size_t kBodyBytesMax = kMessageBytesMax - sizeof(MessageHeader);

// Fixed size, no pointers, no padding that carries meaning.
struct Answer {
  // make, model, serial, software, taken_at, utc_offset, container, codec, created_at
  static constexpr size_t kTexts = 9;
  uint8_t state, reason, kind, has_pdq;
  uint32_t width, height, frames;
  uint32_t members;       // records sent before this answer
  uint32_t video_frames;  // records sent before this answer
  int32_t pdq_quality;
  std::array<uint8_t, 32> pdq;
  std::array<uint8_t, 32> thumbnail_pdq;
  uint32_t thumbnail_width, thumbnail_height;
  int32_t thumbnail_quality, thumbnail_distance;
  uint64_t behind_at;
  uint64_t duration_millis;
  double frame_rate;
  double latitude, longitude;
  int32_t pdq_whole_quality;
  std::array<uint8_t, 32> pdq_whole;
  std::array<std::array<uint8_t, 32>, 7> turned;
  uint8_t has_position, orientation, has_thumbnail, has_video, of_preview, has_pdq_whole, has_turned;
  uint8_t has_jpeg, jpeg_quality, jpeg_standard_codes, jpeg_progressive;
  std::array<uint8_t, kTexts> text_lengths;
  std::array<std::array<char, kExifTextMax>, kTexts> texts;
};
static_assert(std::is_trivially_copyable_v<Answer>);

struct MemberEnd {
  uint8_t state, reason;
};
static_assert(std::is_trivially_copyable_v<MemberEnd>);

// Of a file that is too large to be in the worker's memory (file_bytes.h). One at a time: the worker waits for the
// reply.
struct FetchRequest {
  uint64_t offset;
  uint64_t length;  // 1..kWindowBytes, within the file
};
static_assert(std::is_trivially_copyable_v<FetchRequest>);
// The only message that goes into the jail. The bytes themselves are then in the window, from its beginning.
struct FetchReply {
  uint32_t magic;
  uint32_t zero;
  uint64_t offset;
  uint64_t length;
};
static_assert(std::is_trivially_copyable_v<FetchReply>);

Answer ToAnswer(const FileFacts& facts);

// What came before the answer.
struct Records {
  std::vector<ArchiveMember> members;
  std::vector<VideoFrame> frames;
};

// All kCorrupt if anything is out of its range: an unknown state, reason or kind; a state that only the trusted side
// may give (crashed, timed out, empty); a fingerprint without a picture; a size beyond the limits; a text that is not
// clean UTF-8; NaN; more said of a kind than the worker's family may say. family: of the worker; none: any.
Result<FileFacts> ReadAnswer(ByteView body, Records records, const Limits& limits,
                             std::optional<Family> family = std::nullopt);
Result<Verdict> ReadMemberEnd(ByteView body);

// Records appended to `out` while they fit in one message body; returns how many were taken from `from` on.
size_t PackMembers(const std::vector<ArchiveMember>& members, size_t from, Bytes& out);
// Appends to `members`; refuses wrong order, lengths, texts, and more than limits.entries_max in all.
Status ReadMembers(ByteView body, const Limits& limits, std::vector<ArchiveMember>& members);

// The same for the frames of a video.
size_t PackFrames(const std::vector<VideoFrame>& frames, size_t from, Bytes& out);
// Appends to `frames`; refuses a number that does not rise, a quality out of range, and more than
// limits.video_frames_max in all.
Status ReadFrames(ByteView body, const Limits& limits, std::vector<VideoFrame>& frames);

}  // namespace crossguard::examine
