// Any bytes in any pieces: the interleaved digests are those of OpenSSL, and a stream that ended begins anew. The first
// byte says into how many pieces, the bytes behind it how long each is.
#include <algorithm>
#include <cstdlib>

#include "crypto/digest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;  // NOLINT
  if (size == 0) return 0;
  const size_t pieces = std::min<size_t>(data[0] % 16, size - 1);
  const ByteView lengths(data + 1, pieces);
  ByteView rest(data + 1 + pieces, size - 1 - pieces);
  DigestStream ours;
  DigestStream judge(DigestWay::kOpenSsl);
  for (const uint8_t length : lengths) {
    const ByteView piece = rest.first(std::min<size_t>(length, rest.size()));
    rest = rest.subspan(piece.size());
    ours.Update(piece);
    judge.Update(piece);
    if (length % 8 == 7 && ours.Finish() != judge.Finish()) std::abort();
  }
  ours.Update(rest);
  judge.Update(rest);
  if (ours.Finish() != judge.Finish()) std::abort();
  if (HashAll({data, size}).sha256 != HashSha256({data, size})) std::abort();
  return 0;
}
