// Any bytes as a signed note, a verifier key, a checkpoint, an entry bundle and a bech32 text: no crash, and what
// parses prints back as it was.
#include <cstdlib>

#include "crypto/bech32.h"
#include "crypto/merkle.h"
#include "crypto/signing.h"
#include "env/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  static const NoteVerifier kLog = [] {
    SeededRandom random(1);  // who signed the corpus
    return NoteVerifier{"log.example/ledger", SigningKey::Make(random).public_key()};
  }();
  const ByteView bytes(data, size);
  const std::string_view text = AsText(bytes);
  (void)OpenCheckpoint(text, kLog);
  if (const auto verifier = ParseVerifier(text); verifier && VerifierText(*verifier) != text) std::abort();
  if (const auto head = ParseCheckpoint(text); head && CheckpointText(*head) != text) std::abort();
  if (const auto decoded = DecodeBech32(text)) {
    const std::string again = EncodeBech32(decoded->prefix, decoded->data);
    const auto twice = DecodeBech32(again);
    if (!twice || twice->data != decoded->data || again.size() != text.size()) std::abort();
  }
  for (const unsigned width : {1U, 3U, 256U}) {
    if (const auto entries = ReadBundle(bytes, width); entries && WriteBundle(*entries) != ToBytes(bytes)) std::abort();
  }
  return 0;
}
