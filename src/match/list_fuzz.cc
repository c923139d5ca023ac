// Both readers of hash lists and the judge of rows, without a register.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/error.h"
#include "match/list_csv.h"
#include "match/list_vics.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace crossguard;
  using namespace crossguard::match;
  const ByteView bytes(data, size);
  for (const bool vics : {false, true}) {
    size_t at = 0;
    const JsonSource source = [&](std::span<uint8_t> out) -> Result<size_t> {
      const size_t take = std::min({out.size(), bytes.size() - at, size_t{11}});
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), take, out.begin());
      at += take;
      return take;
    };
    ListHeader header;
    const OnRawRow on_row = [](RawRow&& row) -> Status {
      CHECK(!row.place.empty());
      CHECK(row.facts.size() <= kListFactsMax);
      const JudgedRow judged = Judge(std::move(row));
      if (const auto* entry = std::get_if<match_rows::EntryRow>(&judged))
        CHECK(entry->md5 || entry->sha1 || entry->sha256 || entry->pdq);
      if (const auto* refused = std::get_if<Refused>(&judged)) CHECK(!refused->reason.empty());
      return {};
    };
    static_cast<void>(vics ? ReadVicsList(source, header, on_row) : ReadCsvList(source, header, on_row));
  }
  return 0;
}
