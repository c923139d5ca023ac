// The adapter of libmaxminddb: the only file that knows it by name. For MMDB files that the operator owns (MaxMind DB
// format 2.0).
#include <arpa/inet.h>
#include <maxminddb.h>
#include <netinet/in.h>

#include <cstring>

#include "triage/ip_country.h"

namespace crossguard {
namespace {

class Mmdb final : public IpCountrySource {
 public:
  ~Mmdb() override {
    if (open_) MMDB_close(&database_);
  }

  Status Open(const std::string& path) {
    const int rc = MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database_);
    if (rc != MMDB_SUCCESS) {
      const Code code = rc == MMDB_FILE_OPEN_ERROR ? Code::kNotFound : Code::kCorrupt;
      return Fail(code, "Cannot use the MMDB file '" + path + "' (" + MMDB_strerror(rc) +
                            "); configure one that can be read, or none.");
    }
    open_ = true;
    name_ = "mmdb:" + std::string(database_.metadata.database_type != nullptr ? database_.metadata.database_type : "");
    if (database_.metadata.build_epoch > 0)
      date_ = Instant{static_cast<int64_t>(database_.metadata.build_epoch) * kMicrosPerSecond};
    return {};
  }

  std::optional<IpFact> Look(std::string_view ip_text) const override {
    const auto address = ParseIp(ip_text);
    if (!address) return std::nullopt;
    IpFact fact;
    fact.source = name_;
    fact.data_date = date_;
    fact.reason = ReservedReason(*address);
    if (!fact.reason.empty()) return fact;
    fact.reason = "not in the data";
    sockaddr_storage storage{};
    if (address->v4) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
      v4->sin_family = AF_INET;
      std::memcpy(&v4->sin_addr, address->bytes.data() + 12, 4);
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
      v6->sin6_family = AF_INET6;
      std::memcpy(&v6->sin6_addr, address->bytes.data(), 16);
    }
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&database_, reinterpret_cast<const sockaddr*>(&storage), &error);
    if (error != MMDB_SUCCESS || !found.found_entry) return fact;
    MMDB_entry_data_s data{};
    // The two layouts that country databases have: country.iso_code, and a flat country_code.
    for (const auto& path : {std::array<const char*, 3>{"country", "iso_code", nullptr},
                             std::array<const char*, 3>{"country_code", nullptr, nullptr}}) {
      if (MMDB_aget_value(&found.entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data ||
          data.type != MMDB_DATA_TYPE_UTF8_STRING)
        continue;
      const std::string_view code(data.utf8_string, data.data_size);
      if (code.size() != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z') continue;
      fact.country = code;
      fact.reason.clear();
      break;
    }
    const std::array<const char*, 2> asn_path{"autonomous_system_number", nullptr};
    if (MMDB_aget_value(&found.entry, &data, asn_path.data()) == MMDB_SUCCESS && data.has_data &&
        data.type == MMDB_DATA_TYPE_UINT32)
      fact.asn = data.uint32;
    const std::array<const char*, 3> proxy_path{"traits", "is_anonymous_proxy", nullptr};
    if (MMDB_aget_value(&found.entry, &data, proxy_path.data()) == MMDB_SUCCESS && data.has_data &&
        data.type == MMDB_DATA_TYPE_BOOLEAN) {
      fact.anonymous_proxy = data.boolean;
    }
    return fact;
  }
  std::string Describe() const override {
    return name_ + " of " + (date_ ? DateText(*date_) : std::string("unknown date"));
  }

 private:
  MMDB_s database_{};
  bool open_ = false;
  std::string name_;
  std::optional<Instant> date_;
};

}  // namespace

Result<std::unique_ptr<IpCountrySource>> OpenMmdb(const std::string& path) {
  auto source = std::make_unique<Mmdb>();
  TRY(source->Open(path));
  return source;
}

}  // namespace crossguard
