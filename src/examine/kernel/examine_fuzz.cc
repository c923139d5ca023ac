#include <new>

#include "examine/kernel/answer.h"
#include "examine/kernel/examine.h"
#include "examine/kernel/jpeg_fast.h"
#include "examine/kernel/png_fast.h"

// A damaged file makes the AV1 decoder forget a picture: its own, not ours to mend.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdav1d\n";
}

namespace crossguard::examine {
namespace {

// Where a decoder of our own gives something, it is what the library gives.
void CheckAgainst(const std::optional<Decoded>& fast, Decoded (*plainly)(ByteView, const Limits&), ByteView bytes,
                  const Limits& limits) {
  if (!fast) return;
  const Decoded plain = plainly(bytes, limits);
  CHECK(fast->state == plain.state && fast->reason == plain.reason && plain.picture.has_value());
  CHECK(fast->picture->pixels == plain.picture->pixels);
}

}  // namespace
}  // namespace crossguard::examine

// Any bytes through kinds, decoders, EXIF and archives: no crash, and facts that the trusted side accepts.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  Limits limits;
  limits.pixels_max = 1'000'000;  // keeps a run short; the rule is the same
  limits.decode_bytes_max = uint64_t{16} << 20;
  FileFacts facts;
  try {
    CheckAgainst(DecodeJpegFast({data, size}, limits), DecodeJpegPlainly, {data, size}, limits);
    CheckAgainst(DecodePngFast({data, size}, limits), DecodePngPlainly, {data, size}, limits);
    facts = ExamineBytes({data, size}, size, 0, limits);
  } catch (const std::bad_alloc&) {  // allowed to escape: the worker makes a state of it
    return 0;
  }
  Records records;
  for (size_t from = 0; from < facts.members.size();) {
    Bytes body;
    from += PackMembers(facts.members, from, body);
    CHECK(ReadMembers(body, limits, records.members).has_value());
  }
  for (size_t from = 0; from < facts.video_frames.size();) {
    Bytes body;
    from += PackFrames(facts.video_frames, from, body);
    CHECK(ReadFrames(body, limits, records.frames).has_value());
  }
  const Answer answer = ToAnswer(facts);
  const Result<FileFacts> back =
      ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, records, limits, FamilyOf(facts.kind));
  CHECK(back.has_value() && *back == facts);
  return 0;
}
