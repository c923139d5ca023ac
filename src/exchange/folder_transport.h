// Parcels through a folder that both sides reach at some time: a share, a stick, a disk that is carried across an air
// gap. docs/formats/envelope.md, "A folder".
//
//   <folder>/to-<authority>/<message id>/       a parcel, complete as soon as it has its name
//   <folder>/to-<sender>/receipt-<id>.json      the receipt, on its way back
#pragma once

#include <functional>
#include <string>

#include "exchange/transport.h"

namespace crossguard {
class Files;
}

namespace crossguard::exchange {

class FolderTransport final : public Transport {
 public:
  explicit FolderTransport(Files& files) : files_(files) {}
  // Into the peer's address. Always nullopt: the receipt comes by Collect. kNotFound, kUnavailable: the folder is not
  // there; kExhausted: it is full.
  Result<std::optional<Bytes>> Carry(const Peer& peer, const std::string& parcel_folder,
                                     const ParcelOuter& outer) override;

 private:
  Files& files_;
};

struct FolderVisitor {
  std::function<Result<Bytes>(const std::string& from, const std::string& parcel_folder)> take;  // the receipt
  std::function<Status(const std::string& id, ByteView receipt)> receipt;
  std::function<void(const std::string& id, const Error& why)> left;  // may be empty: what stays where it lies
};
struct CollectSummary {
  int64_t parcels = 0;  // answered, whatever the answer
  int64_t receipts = 0;
  int64_t left = 0;  // could not be read or answered now: they stay where they lie
};
constexpr size_t kCollectMax = 100'000;  // names in one round

// Everything for `self`: parcels are taken, answered by a receipt in the sender's folder, and removed; receipts are
// handed over and removed. What an error meets stays where it lies, and the next is tried.
Result<CollectSummary> Collect(Files& files, const std::string& folder, const std::string& self,
                               const FolderVisitor& visitor);

}  // namespace crossguard::exchange
