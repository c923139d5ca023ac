// For tests: a carrier at its worst. It cuts, delays, repeats, reorders and damages parcels and receipts, by chance
// from one seed.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "env/files.h"
#include "env/random.h"
#include "exchange/envelope.h"
#include "exchange/transport.h"

namespace crossguard::exchange {

class FaultyCarrier final : public Transport {
 public:
  using Deliver =
      std::function<Result<Bytes>(const std::string& from, const std::string& to, const std::string& folder)>;
  // spool: a folder of its own in `files`. fault: how likely each parcel meets one.
  FaultyCarrier(Files& files, std::string spool, uint64_t seed, double fault, Deliver deliver)
      : files_(files), spool_(std::move(spool)), random_(seed), fault_(fault), deliver_(std::move(deliver)) {}

  Result<std::optional<Bytes>> Carry(const Peer& peer, const std::string& parcel, const ParcelOuter& outer) override {
    const std::string folder = spool_ + "/" + std::to_string(++number_);
    TRY(CopyAll(parcel, folder, outer));
    const Delayed one{.from = outer.from, .to = peer.authority, .folder = folder};
    if (!random_.Chance(fault_)) return Pass(one);
    switch (random_.Below(8)) {
      case 0:  // cut before it arrived
        TRY(files_.RemoveTree(folder));
        return Lost();
      case 1:  // damaged on the way
        TRY(Damage(folder, outer));
        return Pass(one);
      case 2:  // cut in the middle
        TRY(Shorten(folder, outer));
        return Pass(one);
      case 3:  // the receipt is lost
        (void)deliver_(one.from, one.to, folder);
        TRY(files_.RemoveTree(folder));
        return Lost();
      case 4:  // the receipt is damaged
      {
        auto receipt = TRY(Pass(one));
        if (receipt && !receipt->empty()) (*receipt)[random_.Below(receipt->size())] ^= 0x20;
        return receipt;
      }
      case 5:  // repeated
        (void)deliver_(one.from, one.to, folder);
        return Pass(one);
      case 6:  // the receipt of another one
      {
        auto receipt = TRY(Pass(one));
        std::swap(*receipt, last_receipt_);
        return receipt;
      }
      default:  // delayed: it comes later, in any order, and perhaps after it was sent again
        delayed_.push_back(one);
        return Lost();
    }
  }
  // What was delayed arrives, in any order.
  void Release() {
    while (!delayed_.empty()) {
      std::swap(delayed_[random_.Below(delayed_.size())], delayed_.back());
      const Delayed one = delayed_.back();
      delayed_.pop_back();
      (void)Pass(one);
    }
  }
  void Heal() { fault_ = 0; }

 private:
  struct Delayed {
    std::string from, to, folder;
  };
  static std::unexpected<Error> Lost() { return Fail(Code::kUnavailable, "The line was cut; send it again."); }

  Result<std::optional<Bytes>> Pass(const Delayed& one) {
    auto receipt = deliver_(one.from, one.to, one.folder);
    TRY(files_.RemoveTree(one.folder));
    if (!receipt) return std::unexpected(receipt.error());
    return std::optional(std::move(*receipt));
  }
  Status CopyAll(const std::string& from, const std::string& to, const ParcelOuter& outer) {
    TRY(files_.MakeFolders(to + "/attachment"));
    TRY(files_.WriteWhole(to + "/outer.json", TRY(files_.ReadWhole(from + "/outer.json", kOuterMaxBytes))));
    for (const ParcelFile& file : outer.files)
      TRY(files_.WriteWhole(to + "/" + file.name, TRY(files_.ReadWhole(from + "/" + file.name, kEnvelopeMaxBytes))));
    return {};
  }
  std::string AnyFile(const std::string& folder, const ParcelOuter& outer) {
    const uint64_t which = random_.Below(outer.files.size() + 1);
    return folder + "/" + (which == outer.files.size() ? "outer.json" : outer.files[which].name);
  }
  Status Damage(const std::string& folder, const ParcelOuter& outer) {
    const std::string path = AnyFile(folder, outer);
    Bytes bytes = TRY(files_.ReadWhole(path, kEnvelopeMaxBytes));
    bytes[random_.Below(bytes.size())] ^= static_cast<uint8_t>(1U << random_.Below(8));
    return files_.WriteWhole(path, bytes);
  }
  Status Shorten(const std::string& folder, const ParcelOuter& outer) {
    const std::string path = AnyFile(folder, outer);
    Bytes bytes = TRY(files_.ReadWhole(path, kEnvelopeMaxBytes));
    bytes.resize(random_.Below(bytes.size()));
    return files_.WriteWhole(path, bytes);
  }

  Files& files_;
  std::string spool_;
  SeededRandom random_;
  double fault_;
  Deliver deliver_;
  uint64_t number_ = 0;
  std::vector<Delayed> delayed_;
  Bytes last_receipt_;
};

}  // namespace crossguard::exchange
