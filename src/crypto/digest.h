// Digests. MD5 and SHA-1 are here because known-file lists speak them; they identify, they prove nothing. Everything
// that must resist an adversary uses SHA-256.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace crossguard {

struct Digests {
  Md5 md5;        // RFC 1321
  Sha1 sha1;      // FIPS 180-4
  Sha256 sha256;  // FIPS 180-4
  uint64_t size_bytes = 0;
  bool operator==(const Digests&) const = default;
};

// Where the processor has the instructions, the three digests run interleaved in code of our own (digest_three.h), else
// and for the tests that judge it each small piece goes through OpenSSL three times while it is in the first-level
// cache.
enum class DigestWay : uint8_t { kFastest, kOpenSsl };

// The three digests of one stream in one pass over memory. Feed any sizes; the result is that of the whole. One object
// is used by one thread at a time.
class DigestStream {
 public:
  explicit DigestStream(DigestWay way = DigestWay::kFastest);
  DigestStream(DigestStream&&) noexcept;
  DigestStream& operator=(DigestStream&&) noexcept;
  ~DigestStream();

  void Update(ByteView bytes);
  Digests Finish();  // and starts anew: the next Update belongs to the next stream

 private:
  class State;
  class Interleaved;
  class InTurn;
  std::unique_ptr<State> state_;
};

// SHA-256 alone, fed in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  void Update(ByteView bytes);
  Sha256 Finish();  // and starts anew

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digests HashAll(ByteView bytes);
Sha256 HashSha256(ByteView bytes);

// RFC 2104 with SHA-256. Any key length.
Sha256 HmacSha256(ByteView key, ByteView message);

// RFC 5869 with SHA-256. An empty salt is 32 zero bytes, as the RFC has it. out.size() <= 255 * 32 (CHECKed: the length
// is part of a format, never of the input).
void HkdfSha256(ByteView input_key, ByteView salt, ByteView info, std::span<uint8_t> out);
SecretKey HkdfSha256Key(ByteView input_key, ByteView salt, ByteView info);

}  // namespace crossguard
