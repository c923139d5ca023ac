#include "examine/kernel/answer.h"
#include "examine/kernel/exif.h"

// EXIF in every container and bare; whatever is read must be fit to leave the jail.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::examine;
  const ByteView bytes(data, size);
  const auto check = [](ExifFacts exif) {
    FileFacts facts;
    facts.state = State::kUndecodable;
    facts.reason = Reason::kDamagedData;
    facts.kind = Kind::kJpeg;
    facts.exif = std::move(exif);
    const Answer answer = ToAnswer(facts);
    const Result<FileFacts> back =
        ReadAnswer({reinterpret_cast<const uint8_t*>(&answer), sizeof(answer)}, {}, Limits{});
    CHECK(back.has_value() && *back == facts);
  };
  check(ReadTiff(bytes));
  for (const Kind kind : {Kind::kJpeg, Kind::kPng, Kind::kWebp}) {
    const ByteView block = FindExif(kind, bytes);
    check(ReadTiff(block));
    const ByteView thumbnail = FindThumbnail(block);
    CHECK(thumbnail.size() <= block.size());
  }
  return 0;
}
