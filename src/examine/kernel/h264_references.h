// Which pictures of a stream of H.264 (ISO/IEC 14496-10) each picture may refer to, from the headers of its slices
// alone: the lists of reference pictures that a decoder would make (8.2.4), from the same marking (8.2.5). So what lies
// between two wanted frames and is referred to by nothing that they need must not be decoded.
//
// Frames only, packets as MP4 and Matroska hold them (ISO/IEC 14496-15, avcC). Whatever is rarer, or odd, or damaged is
// not followed, and then nothing may be left out. Internal to the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace crossguard::examine {

// How many packets back each picture that one may refer to lies.
struct H264Refers {
  static constexpr size_t kMax = 7;
  static constexpr uint8_t kAll = 255;  // as count: not known, so every picture before
  uint8_t count = kAll;
  std::array<uint8_t, kMax> back{};
};

class H264References {
 public:
  // parameters: the avcC record. One that is not understood follows nothing.
  explicit H264References(ByteView parameters);

  // The next packet in the order of decoding.
  H264Refers Take(ByteView packet);

  // The packet with its slices cut behind their headers: a decoder then keeps its books as if it had decoded the
  // picture, and has hardly any work. Call it for pictures only that nothing which is decoded refers to.
  Bytes Cut(ByteView packet) const;

  // False once anything came that is not followed: then what was told of any packet is not to be used.
  bool followed() const { return followed_; }

 private:
  struct Slice;
  struct Reference {
    uint32_t frame_num = 0;
    int64_t order = 0;  // of showing (8.2.1)
    uint64_t packet = 0;
  };
  struct SequenceSet {
    uint32_t frame_num_bits = 0;
    uint32_t order_type = 0;
    uint32_t order_bits = 0;
    uint32_t references_max = 0;
    bool chroma = true;
  };
  struct PictureSet {
    uint32_t sequence = 0;
    bool order_of_bottom = false;
    std::array<uint32_t, 2> active{1, 1};
    bool weighted = false;
    uint32_t weighted_between = 0;
    bool redundant = false;
  };
  using List = std::vector<const Reference*>;

  bool TakeSequenceSet(ByteView unit);
  bool TakePictureSet(ByteView unit);
  bool TakeSlice(ByteView unit, std::optional<Slice>& first, std::vector<uint64_t>& refers);
  bool BeginPicture(const Slice& slice);
  bool Order(const Slice& slice);
  bool AddLists(const Slice& slice, std::vector<uint64_t>& refers) const;
  bool Modify(const Slice& slice, size_t which, List& list) const;
  bool EndPicture(const Slice& slice);
  int64_t Wrapped(uint32_t frame_num, uint32_t current) const;

  std::map<uint32_t, SequenceSet> sequences_;
  std::map<uint32_t, PictureSet> pictures_;
  const SequenceSet* sequence_ = nullptr;  // of the picture in work
  std::vector<Reference> references_;
  size_t length_bytes_ = 4;
  size_t head_bytes_max_ = 0;
  uint64_t packets_ = 0;
  uint32_t last_reference_frame_num_ = 0, last_frame_num_ = 0;
  int64_t frame_num_offset_ = 0;
  int64_t order_high_ = 0, order_low_ = 0;  // of the last reference picture
  int64_t order_ = 0, next_high_ = 0;
  bool begun_ = false;
  bool followed_ = false;
};

}  // namespace crossguard::examine
