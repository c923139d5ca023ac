// The adapter of libloc: the only file that knows it by name.
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cstdio>
#include <cstring>
#include <mutex>

extern "C" {  // only one of libloc's headers says so itself
#include <libloc/database.h>
#include <libloc/libloc.h>
#include <libloc/network.h>
}

#include "triage/ip_country.h"

namespace crossguard {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
void SayNothing(loc_ctx*, int, const char*, int, const char*, const char*, va_list) {}

class Libloc final : public IpCountrySource {
 public:
  ~Libloc() override {
    if (database_ != nullptr) loc_database_unref(database_);
    if (context_ != nullptr) loc_unref(context_);
  }

  Status Open(const std::string& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file)
      return Fail(Code::kNotFound,
                  "Cannot read the IP database '" + path + "'; install libloc-database or leave the path out.");
    if (loc_new(&context_) != 0)
      return Fail(Code::kExhausted, "libloc could not start; free some memory and try again.");
    loc_set_log_fn(context_, SayNothing);  // it would log addresses, which are case data
    if (loc_database_new(context_, &database_, file.get()) != 0) {
      database_ = nullptr;
      return Fail(Code::kCorrupt, "'" + path + "' is not a libloc database; install libloc-database again.");
    }
    date_ = Instant{static_cast<int64_t>(loc_database_created_at(database_)) * kMicrosPerSecond};
    return {};
  }

  std::optional<IpFact> Look(std::string_view ip_text) const override {
    const auto address = ParseIp(ip_text);
    if (!address) return std::nullopt;
    IpFact fact;
    fact.source = "libloc";
    fact.data_date = date_;
    fact.reason = ReservedReason(*address);
    if (!fact.reason.empty()) return fact;
    in6_addr wanted{};
    std::memcpy(&wanted, address->bytes.data(), sizeof wanted);
    const std::lock_guard lock(mutex_);  // libloc counts references without atomics
    loc_network* network = nullptr;
    if (loc_database_lookup(database_, &wanted, &network) != 0 || network == nullptr) {
      fact.reason = "not in the data";
      return fact;
    }
    const char* country = loc_network_get_country_code(network);
    if (country != nullptr && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z' &&
        std::strncmp(country, "XX", 2) != 0 && std::strncmp(country, "XD", 2) != 0) {
      fact.country.assign(country, 2);
    } else {
      fact.reason = "not in the data";
    }
    fact.asn = loc_network_get_asn(network);
    fact.anonymous_proxy = loc_network_has_flag(network, LOC_NETWORK_FLAG_ANONYMOUS_PROXY) != 0;
    loc_network_unref(network);
    return fact;
  }
  std::string Describe() const override { return "libloc of " + DateText(date_); }

 private:
  loc_ctx* context_ = nullptr;
  loc_database* database_ = nullptr;
  Instant date_;
  mutable std::mutex mutex_;
};

}  // namespace

Result<std::unique_ptr<IpCountrySource>> OpenLibloc(const std::string& path) {
  auto source = std::make_unique<Libloc>();
  TRY(source->Open(path));
  return source;
}

}  // namespace crossguard
