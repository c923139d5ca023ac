// Any bytes as outer.json, a signed message, a receipt and an identity document: no crash, and what parses prints back
// as it was.
#include <cstdlib>

#include "env/random.h"
#include "exchange/envelope.h"
#include "exchange/identity.h"
#include "exchange/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;            // NOLINT
  using namespace crossguard::exchange;  // NOLINT
  static const NoteVerifier kSigner = [] {
    SeededRandom random(1);  // who signed the corpus
    return NoteVerifier{SignerName("at-bk"), SigningKey::Make(random).public_key()};
  }();
  const ByteView bytes(data, size);
  const std::string_view text = AsText(bytes);
  if (const auto outer = ParseOuter(bytes); outer && OuterText(*outer) != text) std::abort();
  if (const auto peeked = PeekOuter(bytes); peeked && (peeked->id.empty() || peeked->from.empty())) std::abort();
  if (const auto message = ParseMessage(text); message && MessageText(*message) != text) std::abort();
  if (const auto opened = OpenSigned(bytes, kSigner); opened && !text.ends_with(opened->text)) std::abort();
  (void)OpenReceipt(text, kSigner);
  (void)OpenIdentity(text);
  return 0;
}
