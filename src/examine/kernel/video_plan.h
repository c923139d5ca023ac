// Of the packets of a video, those that must be decoded for the frames that are wanted. Internal to the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "examine/kernel/h264_references.h"
#include "examine/kernel/video_container.h"

namespace crossguard::examine {

// What the first walk keeps of each packet of the video.
struct PacketInfo {
  int64_t at = 0;               // when it is shown, in the stream's time base
  uint32_t number = kNotShown;  // in the order of showing
  bool key = false;
  H264Refers refers = {};
  static constexpr uint32_t kNotShown = UINT32_MAX;
};

struct Walked {
  std::vector<PacketInfo> packets;
  uint32_t shown = 0;
  int64_t first_at = 0;
  bool all_timed = true;  // every packet says when it is shown; if not, only decoding tells the order
  int delay = 0;          // the most packets that come before one and are shown after it
  bool damaged = false;
  bool encrypted = false;
  bool too_many = false;
  std::optional<H264References> references = {};  // of H.264, while it can be followed
};

// All packets of the video to their end, none of them decoded.
Walked Walk(Container& container);

// Numbers those that are shown, in the order of showing. Walk does it; once more when some are found to show nothing.
void NumberFrames(Walked& walked);

// A film that was cut out of a longer one begins with packets that lean on what is not there, and decoders keep those
// back. The packets at the beginning among which such ones may be; end: 0 if there are none.
struct LeadIn {
  size_t end = 0;
  size_t first_key = 0;
  bool MayLean(const Walked& walked, size_t i) const {
    return i < first_key || walked.packets[i].at < walked.packets[first_key].at;
  }
};
LeadIn LeadInOf(const Walked& walked);

// Which packets must be decoded, in runs that each begin afresh at a key frame.
class Plan {
 public:
  Plan(const Walked& walked, uint32_t step, uint32_t frames_max)
      : packets_(walked.packets),
        followed_(walked.references.has_value()),
        all_(!walked.all_timed),
        step_(step),
        frames_max_(frames_max) {}

  bool WantsNumber(uint32_t number) const { return number % step_ == 0 && number / step_ < frames_max_; }
  bool Wanted(size_t i) const {
    return all_ || (packets_[i].number != PacketInfo::kNotShown && WantsNumber(packets_[i].number));
  }
  // Frames are numbered as they come out of the decoder.
  bool by_decoding() const { return all_; }

  struct Run {
    size_t first = 0;
    size_t end = 0;  // behind the last wanted one
  };
  // A wanted frame that is shown before its own key frame leans on the group before: the two are one run.
  std::vector<Run> Runs() const;

  // Of the packets of a run, those that a wanted one needs, as far as that is known.
  std::vector<bool> Needed(const Run& run) const;

 private:
  bool LeansBack(size_t key) const;
  bool RefersBack(const Run& group) const;

  const std::vector<PacketInfo>& packets_;
  bool followed_;
  bool all_;
  uint32_t step_;
  uint32_t frames_max_;
};

}  // namespace crossguard::examine
