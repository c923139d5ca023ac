#include <algorithm>
#include <cstring>

#include "examine/kernel/answer.h"

// What a worker may send, as the trusted side reads it: the first byte chooses the kind of message. Whatever is
// accepted is in range.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  if (size == 0) return 0;
  const ByteView body(data + 1, size - 1);
  const Limits limits;
  switch (data[0] % 4) {
    case 0: {
      // An answer says how many records came before it: frames enough for what it claims, up to a few.
      Records records;
      Answer claimed;
      if (body.size() == sizeof(claimed)) {
        std::memcpy(&claimed, body.data(), sizeof(claimed));
        for (uint32_t i = 0; i < std::min(claimed.video_frames, 4U); ++i) records.frames.push_back({.number = i});
      }
      const Result<FileFacts> facts = ReadAnswer(body, records, limits);
      if (!facts) break;
      CHECK(!Name(facts->state).empty() && !MimeType(facts->kind).empty());
      CHECK(facts->pdq_quality >= 0 && facts->pdq_quality <= 100);
      CHECK(IsUtf8(facts->exif.make) && facts->exif.make.size() <= kExifTextMax);
      const Answer again = ToAnswer(*facts);
      const Result<FileFacts> back =
          ReadAnswer({reinterpret_cast<const uint8_t*>(&again), sizeof(again)}, records, limits);
      CHECK(back.has_value() && *back == *facts);
      break;
    }
    case 1: {
      std::vector<ArchiveMember> members;
      if (!ReadMembers(body, limits, members)) break;
      for (const ArchiveMember& member : members) CHECK(IsUtf8(member.name) && member.name.size() <= kMemberNameMax);
      break;
    }
    case 2: {
      const Result<Verdict> verdict = ReadMemberEnd(body);
      if (verdict) CHECK(!Name(verdict->state).empty());
      break;
    }
    default: {
      std::vector<VideoFrame> frames;
      if (!ReadFrames(body, limits, frames)) break;
      for (size_t i = 1; i < frames.size(); ++i) CHECK(frames[i].number > frames[i - 1].number);
      break;
    }
  }
  return 0;
}
