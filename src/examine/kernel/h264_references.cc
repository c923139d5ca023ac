#include "examine/kernel/h264_references.h"

#include <algorithm>
#include <functional>

#include "examine/kernel/h264_bits.h"

namespace crossguard::examine {
namespace {

constexpr size_t kBehindHead = 24;
constexpr uint32_t kActiveMax = 32;
constexpr uint32_t kSetsMax = 256;
constexpr size_t kRefersUnsorted = 1024;

enum UnitType : uint8_t { kSliceUnit = 1, kPartA = 2, kPartC = 4, kIdrUnit = 5, kSequenceUnit = 7, kPictureUnit = 8 };
enum SliceType : uint8_t { kP = 0, kB = 1, kI = 2 };

void SkipScalingList(H264Bits& bits, int size) {
  int last = 8, next = 8;
  for (int i = 0; i < size && bits.good(); ++i) {
    if (next != 0) next = (last + bits.Signed() % 256 + 512) % 256;
    last = next == 0 ? last : next;
  }
}

bool HasChromaFormat(uint32_t profile) {
  constexpr std::array<uint32_t, 13> kProfiles{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  return std::ranges::find(kProfiles, profile) != kProfiles.end();
}

// Calls for each NAL unit of a packet; false if its lengths do not add up or the call says no.
template <class Call>
bool ForUnits(ByteView packet, size_t length_bytes, const Call& call) {
  while (!packet.empty()) {
    if (packet.size() < length_bytes) return false;
    size_t size = 0;
    for (size_t i = 0; i < length_bytes; ++i) size = size << 8 | packet[i];
    packet = packet.subspan(length_bytes);
    if (size == 0 || size > packet.size()) return false;
    if (!call(packet.first(size))) return false;
    packet = packet.subspan(size);
  }
  return true;
}

}  // namespace

struct H264References::Slice {
  uint8_t reference = 0;  // nal_ref_idc
  bool idr = false;
  uint32_t type = kI;
  uint32_t picture_set = 0;
  uint32_t frame_num = 0;
  uint32_t order_low = 0;
  int32_t order_of_bottom = 0;
  std::array<uint32_t, 2> active{0, 0};
  struct Change {
    bool add = false;
    uint32_t by = 0;
  };
  std::array<std::vector<Change>, 2> changes;
  bool adaptive = false;
  std::vector<uint32_t> unmark;  // differences of picture numbers
};

H264References::H264References(ByteView parameters) {
  // configurationVersion 1, profile, compatibility, level, length size, sets with 16 bits of length each
  if (parameters.size() < 7 || parameters[0] != 1) return;
  length_bytes_ = (parameters[4] & 3U) + 1U;
  size_t at = 5;
  for (const bool sequence : {true, false}) {
    if (at >= parameters.size()) return;
    uint32_t count = parameters[at++] & (sequence ? 0x1FU : 0xFFU);
    for (; count > 0; --count) {
      if (parameters.size() - at < 2) return;
      const size_t size = size_t{parameters[at]} << 8 | parameters[at + 1];
      at += 2;
      if (size == 0 || parameters.size() - at < size) return;
      const ByteView unit = parameters.subspan(at, size);
      if (!(sequence ? TakeSequenceSet(unit) : TakePictureSet(unit))) return;
      at += size;
    }
  }
  followed_ = true;
}

bool H264References::TakeSequenceSet(ByteView unit) {
  H264Bits bits(unit);
  const uint32_t profile = bits.Take(8);
  bits.Take(16);
  const uint32_t id = bits.Number();
  SequenceSet set;
  if (HasChromaFormat(profile)) {
    const uint32_t chroma = bits.Number();
    set.chroma = chroma != 0;
    if (chroma >= 3 && bits.Flag()) return false;  // three planes coded apart
    bits.Number();
    bits.Number();
    bits.Take(1);
    if (bits.Flag()) {
      for (int i = 0; i < (chroma == 3 ? 12 : 8); ++i) {
        if (bits.Flag()) SkipScalingList(bits, i < 6 ? 16 : 64);
      }
    }
  }
  set.frame_num_bits = bits.Number() + 4;
  set.order_type = bits.Number();
  if (set.order_type == 0) set.order_bits = bits.Number() + 4;
  if (set.order_type == 1 || set.order_type > 2) return false;
  set.references_max = std::max(bits.Number(), 1U);
  const bool gaps = bits.Flag();
  bits.Number();
  bits.Number();
  const bool frames_only = bits.Flag();
  if (!bits.good() || id >= kSetsMax || gaps || !frames_only) return false;
  if (set.frame_num_bits > 16 || set.order_bits > 16 || set.references_max > 16) return false;
  sequences_[id] = set;
  return true;
}

bool H264References::TakePictureSet(ByteView unit) {
  H264Bits bits(unit);
  const uint32_t id = bits.Number();
  PictureSet set;
  set.sequence = bits.Number();
  // Without arithmetic codes a decoder that is stopped inside of a macroblock keeps the coefficients that it has read
  // and adds them to the next picture's: nothing can be cut there.
  if (!bits.Flag()) return false;
  set.order_of_bottom = bits.Flag();
  if (bits.Number() != 0) return false;  // groups of slices
  for (uint32_t& active : set.active) active = bits.Number() + 1;
  set.weighted = bits.Flag();
  set.weighted_between = bits.Take(2);
  for (int i = 0; i < 3; ++i) bits.Signed();
  bits.Take(2);
  set.redundant = bits.Flag();
  if (!bits.good() || id >= kSetsMax || set.active[0] > kActiveMax || set.active[1] > kActiveMax) return false;
  pictures_[id] = set;
  return true;
}

namespace {
void SortOnce(std::vector<uint64_t>& values) {
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
}
}  // namespace

H264Refers H264References::Take(ByteView packet) {
  const uint64_t index = packets_++;
  H264Refers out;
  if (!followed_) return out;
  std::optional<Slice> first;
  std::vector<uint64_t> refers;
  followed_ = ForUnits(packet, length_bytes_, [&](ByteView unit) {
    const uint8_t type = unit[0] & 0x1FU;
    if (type == kSliceUnit || type == kIdrUnit) return TakeSlice(unit, first, refers);
    if (type >= kPartA && type <= kPartC) return false;
    // New sets while a picture is in work would be odd; between pictures they may come again.
    if (type == kSequenceUnit) return !first && TakeSequenceSet(unit);
    if (type == kPictureUnit) return !first && TakePictureSet(unit);
    return true;
  });
  if (followed_ && first) followed_ = EndPicture(*first);
  if (!followed_) return out;
  SortOnce(refers);
  if (refers.size() > H264Refers::kMax) return out;
  for (size_t i = 0; i < refers.size(); ++i) {
    const uint64_t back = index - refers[i];
    if (back > UINT8_MAX) return out;
    out.back[i] = static_cast<uint8_t>(back);
  }
  out.count = static_cast<uint8_t>(refers.size());
  return out;
}

// 7.3.3, as far as the marking of reference pictures.
bool H264References::TakeSlice(ByteView unit, std::optional<Slice>& first, std::vector<uint64_t>& refers) {
  H264Bits bits(unit);
  Slice slice;
  slice.reference = unit[0] >> 5 & 3U;
  slice.idr = (unit[0] & 0x1FU) == kIdrUnit;
  bits.Number();
  slice.type = bits.Number() % 5;
  slice.picture_set = bits.Number();
  const auto picture = pictures_.find(slice.picture_set);
  if (slice.type > kI || picture == pictures_.end() || (slice.idr && slice.reference == 0)) return false;
  const PictureSet& set = picture->second;
  const auto sequence = sequences_.find(set.sequence);
  if (sequence == sequences_.end()) return false;
  sequence_ = &sequence->second;
  slice.frame_num = bits.Take(sequence_->frame_num_bits);
  if (slice.idr) bits.Number();
  if (sequence_->order_type == 0) {
    slice.order_low = bits.Take(sequence_->order_bits);
    if (set.order_of_bottom) slice.order_of_bottom = bits.Signed();
  }
  if (set.redundant && bits.Number() != 0) return false;
  const size_t lists = slice.type == kI ? 0 : slice.type == kP ? 1 : 2;
  if (slice.type == kB) bits.Take(1);
  for (size_t i = 0; i < lists; ++i) slice.active[i] = set.active[i];
  if (lists > 0 && bits.Flag()) {
    for (size_t i = 0; i < lists; ++i) slice.active[i] = bits.Number() + 1;
  }
  for (size_t i = 0; i < lists; ++i) {
    if (slice.active[i] > kActiveMax) return false;
    if (!bits.Flag()) continue;
    for (;;) {
      const uint32_t how = bits.Number();
      if (how == 3) break;
      if (how > 1 || !bits.good() || slice.changes[i].size() > kActiveMax) return false;  // 2: long-term
      slice.changes[i].push_back({.add = how == 1, .by = bits.Number() + 1});
    }
  }
  if ((slice.type == kP && set.weighted) || (slice.type == kB && set.weighted_between == 1)) {
    bits.Number();
    if (sequence_->chroma) bits.Number();
    for (size_t i = 0; i < lists; ++i) {
      for (uint32_t k = 0; k < slice.active[i]; ++k) {
        for (int values = bits.Flag() ? 2 : 0; values > 0; --values) bits.Signed();
        for (int values = sequence_->chroma && bits.Flag() ? 4 : 0; values > 0; --values) bits.Signed();
      }
    }
  }
  if (slice.reference != 0) {
    if (slice.idr) {
      bits.Take(1);
      if (bits.Flag()) return false;  // long-term
    } else if (bits.Flag()) {
      slice.adaptive = true;
      for (;;) {
        const uint32_t how = bits.Number();
        if (how == 0) break;
        if (how != 1 || !bits.good() || slice.unmark.size() > kActiveMax) return false;
        slice.unmark.push_back(bits.Number() + 1);
      }
    }
  }
  if (!bits.good()) return false;
  head_bytes_max_ = std::max(head_bytes_max_, bits.unit_bytes());
  if (!first) {
    if (!BeginPicture(slice)) return false;
    first = slice;
  } else if (first->frame_num != slice.frame_num || first->order_low != slice.order_low || first->idr != slice.idr ||
             (first->reference == 0) != (slice.reference == 0) || first->unmark != slice.unmark) {
    return false;  // of another picture
  }
  return AddLists(slice, refers);
}

bool H264References::BeginPicture(const Slice& slice) {
  if (slice.idr) {
    references_.clear();
    last_reference_frame_num_ = last_frame_num_ = 0;
    frame_num_offset_ = order_high_ = order_low_ = 0;
    begun_ = true;
    if (slice.frame_num != 0) return false;
  }
  if (!begun_) return false;
  const uint32_t numbers = uint32_t{1} << sequence_->frame_num_bits;
  if (slice.frame_num != last_reference_frame_num_ && slice.frame_num != (last_reference_frame_num_ + 1) % numbers)
    return false;  // a gap
  return Order(slice);
}

// 8.2.1
bool H264References::Order(const Slice& slice) {
  if (sequence_->order_type == 0) {
    const int64_t range = int64_t{1} << sequence_->order_bits;
    const int64_t low = slice.order_low;
    next_high_ = order_high_;
    if (low < order_low_ && order_low_ - low >= range / 2) next_high_ += range;
    if (low > order_low_ && low - order_low_ > range / 2) next_high_ -= range;
    order_ = next_high_ + low + std::min(slice.order_of_bottom, 0);
    return true;
  }
  if (slice.frame_num < last_frame_num_) frame_num_offset_ += int64_t{1} << sequence_->frame_num_bits;
  order_ = 2 * (frame_num_offset_ + slice.frame_num) - (slice.reference == 0 ? 1 : 0);
  return true;
}

int64_t H264References::Wrapped(uint32_t frame_num, uint32_t current) const {
  return int64_t{frame_num} - (frame_num > current ? int64_t{1} << sequence_->frame_num_bits : 0);
}

// 8.2.4.2
bool H264References::AddLists(const Slice& slice, std::vector<uint64_t>& refers) const {
  std::array<List, 2> lists;
  if (slice.type == kI) return true;
  if (slice.type == kP) {
    for (const Reference& reference : references_) lists[0].push_back(&reference);
    std::ranges::sort(lists[0], std::greater<>(),
                      [&](const Reference* one) { return Wrapped(one->frame_num, slice.frame_num); });
  } else {
    List before, after;
    for (const Reference& reference : references_) (reference.order < order_ ? before : after).push_back(&reference);
    std::ranges::sort(before, std::greater<>(), &Reference::order);
    std::ranges::sort(after, std::less<>(), &Reference::order);
    lists[0] = before;
    lists[0].insert(lists[0].end(), after.begin(), after.end());
    lists[1] = after;
    lists[1].insert(lists[1].end(), before.begin(), before.end());
    if (lists[1].size() > 1 && lists[0] == lists[1]) std::swap(lists[1][0], lists[1][1]);
  }
  for (size_t which = 0; which < 2; ++which) {
    List& list = lists[which];
    if (slice.active[which] == 0) continue;
    if (list.size() > slice.active[which]) list.resize(slice.active[which]);
    if (!Modify(slice, which, list)) return false;
    if (list.empty()) return false;
    for (const Reference* const one : list) refers.push_back(one->packet);
    if (refers.size() > kRefersUnsorted) SortOnce(refers);  // a picture of a million slices refers to no more pictures
  }
  return true;
}

// 8.2.4.3.1
bool H264References::Modify(const Slice& slice, size_t which, List& list) const {
  const int64_t numbers = int64_t{1} << sequence_->frame_num_bits;
  int64_t predicted = slice.frame_num;
  size_t at = 0;
  for (const Slice::Change& change : slice.changes[which]) {
    if (change.by > numbers) return false;
    predicted = (predicted + (change.add ? change.by : numbers - change.by)) % numbers;
    const auto found = std::ranges::find(references_, static_cast<uint32_t>(predicted), &Reference::frame_num);
    if (found == references_.end()) return false;
    const Reference* const picture = &*found;
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(std::min(at, list.size())), picture);
    ++at;
    const auto behind = list.begin() + static_cast<std::ptrdiff_t>(std::min(at, list.size()));
    list.erase(std::remove(behind, list.end(), picture), list.end());
    if (list.size() > slice.active[which]) list.resize(slice.active[which]);
  }
  return true;
}

// 8.2.5
bool H264References::EndPicture(const Slice& slice) {
  last_frame_num_ = slice.frame_num;
  if (slice.reference == 0) return true;
  const auto number = [&](const Reference& one) { return Wrapped(one.frame_num, slice.frame_num); };
  if (slice.adaptive) {
    for (const uint32_t by : slice.unmark) {
      const auto found = std::ranges::find(references_, int64_t{slice.frame_num} - by, number);
      if (found == references_.end()) return false;
      references_.erase(found);
    }
  } else if (references_.size() >= sequence_->references_max) {
    references_.erase(std::ranges::min_element(references_, {}, number));
  }
  if (references_.size() >= sequence_->references_max) return false;
  // Two of one number: the stream counts otherwise than this does.
  if (std::ranges::find(references_, slice.frame_num, &Reference::frame_num) != references_.end()) return false;
  references_.push_back({.frame_num = slice.frame_num, .order = order_, .packet = packets_ - 1});
  last_reference_frame_num_ = slice.frame_num;
  order_high_ = next_high_;
  order_low_ = slice.order_low;
  return true;
}

Bytes H264References::Cut(ByteView packet) const {
  Bytes out;
  const bool whole = ForUnits(packet, length_bytes_, [&](ByteView unit) {
    if ((unit[0] & 0x1FU) == kSliceUnit) unit = unit.first(std::min(unit.size(), head_bytes_max_ + kBehindHead));
    for (size_t i = length_bytes_; i-- > 0;) out.push_back(static_cast<uint8_t>(unit.size() >> (8 * i)));
    out.insert(out.end(), unit.begin(), unit.end());
    return true;
  });
  return whole ? out : Bytes(packet.begin(), packet.end());
}

}  // namespace crossguard::examine
