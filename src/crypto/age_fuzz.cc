// Any bytes as an age file, a recipient and an identity: no crash, and what parses prints back as it was.
#include <cstdlib>

#include "crypto/age.h"
#include "env/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  static const AgeIdentity kIdentity = [] {
    SeededRandom random(1);  // whom the corpus was sealed to
    return AgeIdentity::Make(random);
  }();
  const ByteView bytes(data, size);
  (void)OpenAgeSmall(bytes, std::span(&kIdentity, 1));
  const std::string_view text = AsText(bytes);
  if (const auto recipient = AgeRecipient::Parse(text); recipient && recipient->text() != text) std::abort();
  if (const auto identity = AgeIdentity::Parse(text); identity && identity->RevealText() != text) std::abort();
  (void)AgeIdentity::ParseFile(text);
  return 0;
}
