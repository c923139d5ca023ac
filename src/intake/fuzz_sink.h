// For the fuzz bodies of the dialects.
#pragma once

#include <cstdlib>

#include "intake/dialect.h"

namespace crossguard::intake {

class CountingSink final : public RecordSink {
 public:
  Status OnReport(ReportRecord&& report) override {
    for (const AccountRecord& account : report.accounts) places_fine = places_fine && !account.place.empty();
    ++records;
    return {};
  }
  Status OnFile(FileRecord&&) override {
    ++records;
    return {};
  }
  Status OnAccountRow(ReportRecord&& report) override {
    places_fine = places_fine && report.accounts.size() == 1;
    ++records;
    return {};
  }
  Status OnIpRow(IpRow&&) override {
    ++records;
    return {};
  }
  Status OnDamage(Damage&& one) override {
    places_fine = places_fine && IsUtf8(one.reason) && IsUtf8(one.place);
    ++damages;
    return {};
  }
  int records = 0;
  int damages = 0;
  bool places_fine = true;
};

inline int FuzzDialect(ByteView bytes, Shape shape) {
  Sniff(bytes);
  CountingSink whole;
  CountingSink pieces;
  const auto one = MakeDialect(shape, whole);
  if (!one->Feed(bytes) || !one->Finish()) std::abort();
  const auto other = MakeDialect(shape, pieces);
  for (size_t i = 0; i < bytes.size(); i += 7) {
    if (!other->Feed(bytes.subspan(i, std::min<size_t>(7, bytes.size() - i)))) std::abort();
  }
  if (!other->Finish()) std::abort();
  if (whole.records != pieces.records || !whole.places_fine || !pieces.places_fine) std::abort();
  return 0;
}

}  // namespace crossguard::intake
