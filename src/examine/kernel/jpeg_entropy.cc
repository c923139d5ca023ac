#include "examine/kernel/jpeg_entropy.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace crossguard::examine {
namespace {

constexpr size_t kWindowBytes = size_t{32} << 10U;  // fits the first-level cache

}  // namespace

EntropyWindow::EntropyWindow(ByteView file) : file_(file), buffer_(kWindowBytes + kSlackBytes) {}

void EntropyWindow::Begin(size_t at, BitReader& reader) {
  at_ = at;
  ended_ = false;
  marker_ = 0;
  end_ = buffer_.data();
  reader = {.next = buffer_.data(), .bits = 0, .count = 0};
  Fill(reader);
}

bool EntropyWindow::More(BitReader& reader) {
  if (!ended_) {
    Fill(reader);
    return true;
  }
  return (end_ - reader.next) * 8 + int64_t{reader.count} >= 0;
}

bool EntropyWindow::AtEnd(BitReader& reader) {
  if (!ended_) Fill(reader);
  const int64_t left = (end_ - reader.next) * 8 + int64_t{reader.count};
  return ended_ && left >= 0 && left < 8;
}

void EntropyWindow::Fill(BitReader& reader) {
  const size_t unread = static_cast<size_t>(end_ - reader.next);
  std::memmove(buffer_.data(), reader.next, unread);
  reader.next = buffer_.data();
  uint8_t* out = buffer_.data() + unread;
  uint8_t* const out_end = buffer_.data() + kWindowBytes;
  while (out < out_end && !ended_) {
    const size_t room = std::min(static_cast<size_t>(out_end - out), file_.size() - at_);
    if (room == 0) {
      ended_ = true;
      break;
    }
    const uint8_t* const in = file_.data() + at_;
    const void* const found = std::memchr(in, 0xFF, room);
    const size_t plain = found == nullptr ? room : static_cast<size_t>(static_cast<const uint8_t*>(found) - in);
    std::memcpy(out, in, plain);
    out += plain;
    at_ += plain;
    if (found == nullptr) continue;
    if (at_ + 1 >= file_.size()) {
      ended_ = true;
    } else if (file_[at_ + 1] == 0) {
      *out++ = 0xFF;
      at_ += 2;
    } else {
      marker_ = file_[at_ + 1];
      ended_ = true;
    }
  }
  end_ = out;
  if (ended_) std::memset(end_, 0, kSlackBytes);
  // Ahead of the end by one MCU, unless the end is known: then zeros follow.
  limit_ = ended_ ? end_ : end_ - std::min<size_t>(kMcuBytesMax, static_cast<size_t>(end_ - buffer_.data()));
}

namespace {

// 0 if the symbol is not taken.
uint32_t Entry(uint8_t symbol, uint32_t code_bits, JpegSymbols symbols) {
  const uint32_t run = symbol >> 4U, value_bits = symbol & 15U;
  const uint32_t lengths = (code_bits + value_bits) | value_bits << 8U | code_bits << 16U;
  if (symbols == JpegSymbols::kDc) return run == 0 && value_bits <= 11 ? lengths : 0;
  if (value_bits > 10) return 0;
  if (value_bits > 0) return lengths | (run + 1) << 24U;
  if (run == 15) return HuffmanTable::kSpecial | HuffmanTable::kSixteenZeros | lengths;
  if (run > 0 && symbols != JpegSymbols::kAcProgressive) return 0;
  return HuffmanTable::kSpecial | HuffmanTable::kEndOfBlock | lengths | run << 24U;
}

}  // namespace

namespace {

void BuildDirect(HuffmanTable& table) {
  for (size_t i = 0; i < table.fast.size(); ++i) {
    const uint32_t entry = table.fast[i];
    const uint32_t length = entry & 63U;
    table.direct[i] = HuffmanTable::kIndirect;
    if ((entry & HuffmanTable::kSpecial) != 0 || length > HuffmanTable::kLookupBits) continue;
    const int32_t value = ValueOfCode(uint64_t{i} << (64U - HuffmanTable::kLookupBits), entry);
    table.direct[i] = length | (entry >> 24U) << 6U | static_cast<uint32_t>(value) << 16U;
  }
}

// The symbol that these bits begin with. Nothing unless all of it is there and a pair can hold it.
struct Half {
  uint32_t length = 0, on = 0;  // on: coefficients to go on; 0: the block ends
  int32_t value = 0;
};
std::optional<Half> HalfOf(const HuffmanTable& table, size_t prefix, uint32_t value_bits_max, uint32_t on_max) {
  const uint32_t entry = table.fast[prefix], direct = table.direct[prefix];
  if (direct != HuffmanTable::kIndirect) {
    const Half half{.length = direct & 63U, .on = direct >> 6U & 31U, .value = static_cast<int32_t>(direct) >> 16};
    if ((entry >> 8U & 15U) > value_bits_max || half.on > on_max) return {};
    return half;
  }
  constexpr uint32_t kEnd = HuffmanTable::kSpecial | HuffmanTable::kEndOfBlock;
  if ((entry & kEnd) != kEnd || (entry & HuffmanTable::kLong) != 0) return {};
  return Half{.length = entry & 63U};
}

void BuildPairs(HuffmanTable& table) {
  constexpr uint32_t kBits = HuffmanTable::kLookupBits;
  // What the fields of an entry hold; a value has one bit more than it has in the file, for its sign.
  constexpr uint32_t kFirstValueBits = 8, kFirstOnMax = 16, kSecondValueBits = 5, kSecondOnMax = 15;
  for (size_t i = 0; i < table.pairs.size(); ++i) {
    table.pairs[i] = HuffmanTable::kNoPair << 6U;
    const std::optional<Half> first = HalfOf(table, i, kFirstValueBits, kFirstOnMax);
    if (!first) continue;
    uint32_t length = first->length, ends = first->on == 0 ? HuffmanTable::kPairEnds : 0;
    Half second;
    if (ends == 0) {
      const std::optional<Half> next =
          HalfOf(table, i << first->length & (table.pairs.size() - 1), kSecondValueBits, kSecondOnMax);
      if (next && first->length + next->length <= kBits) {
        second = *next;
        length += second.length;
        if (second.on == 0) ends = HuffmanTable::kPairEnds;
      }
    }
    table.pairs[i] = length | first->on << 6U | second.on << 12U | ends |
                     (static_cast<uint32_t>(first->value) & 511U) << 17U | static_cast<uint32_t>(second.value) << 26U;
  }
}

bool BuildTable(const JpegCodes& codes, JpegSymbols symbols, HuffmanTable& table) {
  table.fast.fill(HuffmanTable::kSpecial);
  uint32_t code = 0, index = 0;
  for (uint32_t length = 1; length <= 16; ++length, code <<= 1U) {
    const uint32_t count = codes.counts[length - 1];
    table.offset[length] = index - code;
    for (uint32_t i = 0; i < count; ++i, ++code, ++index) {
      const uint32_t entry = Entry(codes.symbols[index], length, symbols);
      if (entry == 0 || code >= 1U << length) return false;
      table.entries[index] = entry;
      if (length <= HuffmanTable::kLookupBits) {
        const uint32_t spare = HuffmanTable::kLookupBits - length;
        std::fill_n(table.fast.begin() + (code << spare), size_t{1} << spare, entry);
      } else {
        table.fast[code >> (length - HuffmanTable::kLookupBits)] = HuffmanTable::kSpecial | HuffmanTable::kLong;
      }
    }
    table.limit[length] = code << (16 - length);
  }
  table.limit[17] = 1U << 16U;
  if (symbols != JpegSymbols::kDc) BuildDirect(table);
  if (symbols == JpegSymbols::kAc) BuildPairs(table);
  return index > 0;
}

constexpr size_t kTablesKept = 8;  // two files' worth, 25 KiB each

struct KeptTable {
  JpegCodes codes;
  JpegSymbols symbols = JpegSymbols::kDc;
  std::shared_ptr<const HuffmanTable> table;
};

}  // namespace

std::shared_ptr<const HuffmanTable> TableOf(const JpegCodes& codes, JpegSymbols symbols) {
  thread_local std::array<KeptTable, kTablesKept> kept;  // the last one found first
  if (!codes.seen) return nullptr;
  const auto found = std::ranges::find_if(kept, [&](const KeptTable& one) {
    return one.table != nullptr && one.symbols == symbols && one.codes.counts == codes.counts &&
           one.codes.symbols == codes.symbols;
  });
  if (found != kept.end()) {
    std::rotate(kept.begin(), found, found + 1);
    return kept.front().table;
  }
  auto table = std::make_shared_for_overwrite<HuffmanTable>();
  if (!BuildTable(codes, symbols, *table)) return nullptr;
  std::rotate(kept.begin(), kept.end() - 1, kept.end());
  kept.front() = {.codes = codes, .symbols = symbols, .table = std::move(table)};
  return kept.front().table;
}

}  // namespace crossguard::examine
