// The entropy-coded bytes of a JPEG scan (ITU-T T.81, annexes C and F), made ready for a fast loop: stuffing taken out,
// a window that the loop may read beyond without looking, and codes by table.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "examine/kernel/jpeg_markers.h"

namespace crossguard::examine {

// Bits from the top of a word. `count` of them are valid; the bytes behind them begin at `next`.
struct BitReader {
  const uint8_t* next = nullptr;
  uint64_t bits = 0;
  uint32_t count = 0;  // 0..63
};

// One segment (the bytes between two markers) after the other, unstuffed into a buffer.
//
// Contract with the loop: it looks at limit() before each MCU; if `next` is beyond it, it calls More. One MCU takes at
// most kMcuBytesMax bytes, so between two looks nothing is read outside the buffer, whatever the bytes are: behind the
// end of a segment there are kSlackBytes of zeros.
class EntropyWindow {
 public:
  static constexpr size_t kMcuBytesMax = 1280;  // 6 blocks of at most 27 + 63 * 26 bits, and what is read ahead
  static constexpr size_t kSlackBytes = 2 * kMcuBytesMax;

  explicit EntropyWindow(ByteView file);

  // Begins the segment at this place of the file.
  void Begin(size_t at, BitReader& reader);
  const uint8_t* limit() const { return limit_; }
  // False if more was read than there is.
  bool More(BitReader& reader);
  // True if the segment was read to its end, less than a byte left: the padding of its last one.
  bool AtEnd(BitReader& reader);
  // With AtEnd: the marker that ended the segment and its place; 0 if the file ended.
  uint8_t marker() const { return marker_; }
  size_t marker_at() const { return at_; }

 private:
  void Fill(BitReader& reader);

  ByteView file_;
  size_t at_ = 0;
  std::vector<uint8_t> buffer_;
  uint8_t* end_ = nullptr;  // of what is in the buffer
  const uint8_t* limit_ = nullptr;
  bool ended_ = false;
  uint8_t marker_ = 0;
};

// Codes by their first bits. An entry:
//   bits 0..7 code and value bits together, 8..15 value bits, 16..23 code bits, 24..28 coefficients to go on (run + 1)
//   and flags. An entry with kSpecial has one more flag, or is no code at all.
struct HuffmanTable {
  static constexpr uint32_t kLookupBits = 11;
  static constexpr uint32_t kSpecial = 1U << 31U;
  static constexpr uint32_t kLong = 1U << 30U;        // longer than kLookupBits: ask LongCode
  static constexpr uint32_t kEndOfBlock = 1U << 29U;  // of a run of 2^run blocks: bits 24..27 are the run
  static constexpr uint32_t kSixteenZeros = 1U << 23U;
  std::array<uint32_t, size_t{1} << kLookupBits> fast;
  // Of AC, where code and value together are short: bits 0..5 their length, 6..10 coefficients to go on, 16..31 the
  // value. Else kIndirect: ask `fast`.
  static constexpr uint32_t kIndirect = 1U << 15U;
  std::array<uint32_t, size_t{1} << kLookupBits> direct;
  // Of AC in a scan of all of them: two coefficients, or one and the end of the block, or one, or the end alone, as far
  // as codes and values fit. Bits 0..5 their length, 6..11 coefficients to go on to the first (kNoPair: ask `fast`; so
  // too if the first is the block's last, because what follows then is another block's), 12..15 from there to the
  // second, 16 the block ends, 17..25 the first value, 26..31 the second. What is not there is 0.
  static constexpr uint32_t kNoPair = 63;
  static constexpr uint32_t kPairEnds = 1U << 16U;
  std::array<uint32_t, size_t{1} << kLookupBits> pairs;
  std::array<uint32_t, 18> limit;     // of each length: the first 16 bits of a code are below; [17] ends the search
  std::array<uint32_t, 18> offset;    // add to a code of this length (mod 2^32): index of its entry
  std::array<uint32_t, 256> entries;  // of each symbol in order
};

// The number that follows a code (T.81 F.1.2.1: its top bit says the sign), 0 if it has no bits. bits: from the code
// on.
[[gnu::always_inline]] inline int32_t ValueOfCode(uint64_t bits, uint32_t entry) {
  const uint64_t behind_code = bits << ((entry >> 16U) & 31U);
  const uint32_t value_bits = (entry >> 8U) & 15U;
  const int32_t raw = static_cast<int32_t>((behind_code >> 1U) >> (63U - value_bits));
  const int32_t negative = ~static_cast<int32_t>(static_cast<int64_t>(behind_code) >> 63);
  return raw - (negative & static_cast<int32_t>((1U << value_bits) - 1U));
}

// What a symbol's upper half means differs between the kinds of coefficients and of scans.
enum class JpegSymbols : uint8_t { kDc, kAc, kAcProgressive };

// Nothing if the codes are not what libjpeg takes, or have a symbol that no 8-bit picture needs. Making a table costs
// what decoding a small picture costs, and most files have the codes of the standard's example: the last tables of this
// thread are kept and found again by their codes.
std::shared_ptr<const HuffmanTable> TableOf(const JpegCodes& codes, JpegSymbols symbols);

}  // namespace crossguard::examine
