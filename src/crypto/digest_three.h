// MD5, SHA-1 and SHA-256 of the same blocks with their steps interleaved. MD5 is one chain of dependent steps that
// leaves most of a core idle; the SHA instructions of the processor run in that shade and cost almost nothing.
//
// The instructions are those of Intel's "SHA Extensions" (2013); MD5 is RFC 1321, SHA-1 and SHA-256 are FIPS 180-4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace crossguard::crypto {

constexpr size_t kDigestBlockBytes = 64;  // of all three

// The chaining values, begun as the standards have it.
struct ThreeStates {
  std::array<uint32_t, 4> md5{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::array<uint32_t, 5> sha1{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  std::array<uint32_t, 8> sha256{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
};

// True on a processor that has the instructions. Where it is false, DigestBlocks must not be called.
bool HasInterleavedDigests();

// How SHA-1 spreads a block's 16 words over its 80 rounds: with sha1msg1 and sha1msg2, or by plain arithmetic, which
// leaves the unit of the SHA instructions to the rounds. The digests are the same.
enum class Sha1Words : uint8_t { kInstructions, kArithmetic };
Sha1Words FastestSha1Words();  // on this processor

// Takes `count` blocks from md5_blocks into MD5 and `count` from sha_blocks into the other two. They are the same bytes
// but for the last blocks, where MD5 writes the length the other way round.
void DigestBlocks(ThreeStates& states, const uint8_t* md5_blocks, const uint8_t* sha_blocks, size_t count,
                  Sha1Words words = FastestSha1Words());

// The rest of a stream: fewer than 64 bytes, behind whole blocks. size_bytes is that of the whole stream (its length in
// bits must fit 64 bits, as the standards have it).
void DigestEnd(ThreeStates& states, ByteView rest, uint64_t size_bytes);

}  // namespace crossguard::crypto
