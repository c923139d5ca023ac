#include "server/metrics.h"

#include <array>

namespace crossguard::server {
namespace {

void Head(std::string& out, std::string_view name, std::string_view kind, std::string_view help) {
  out += "# HELP crossguard_" + std::string(name) + " " + std::string(help) + "\n# TYPE crossguard_" +
         std::string(name) + " " + std::string(kind) + "\n";
}

void Line(std::string& out, std::string_view name, std::string_view labels, uint64_t value) {
  out += "crossguard_" + std::string(name) + std::string(labels) + " " + std::to_string(value) + "\n";
}

}  // namespace

void Metrics::CountRequest(std::string_view operation, int status) {
  const std::scoped_lock lock(mutex_);
  ++requests_[{std::string(operation), status}];
}

std::string Metrics::Text(uint64_t parcels_open) const {
  std::string out;
  Head(out, "requests_total", "counter", "Requests answered, by route and status.");
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, count] : requests_)
      Line(out, "requests_total", "{route=\"" + key.first + "\",code=\"" + std::to_string(key.second) + "\"}", count);
  }
  struct Single {
    std::string_view name, kind, help;
    uint64_t value;
  };
  const std::array<Single, 6> singles = {{
      {"received_bytes_total", "counter", "Bytes from the wire.", bytes_in},
      {"sent_bytes_total", "counter", "Bytes to the wire.", bytes_out},
      {"connections_total", "counter", "Connections accepted.", connections},
      {"connections_open", "gauge", "Connections open now.", connections_open},
      {"handshakes_failed_total", "counter", "TLS handshakes that failed.", handshakes_failed},
      {"parcel_files_corrupt_total", "counter", "Files that were not the one announced.", parcels_corrupt},
  }};
  for (const Single& single : singles) {
    Head(out, single.name, single.kind, single.help);
    Line(out, single.name, "", single.value);
  }
  Head(out, "refused_total", "counter", "Connections and requests refused, by reason.");
  Line(out, "refused_total", "{reason=\"unknown_key\"}", refused_unknown_key);
  Line(out, "refused_total", "{reason=\"connections\"}", refused_full);
  Line(out, "refused_total", "{reason=\"rate\"}", refused_rate);
  Line(out, "refused_total", "{reason=\"slow\"}", closed_slow);
  Head(out, "parcels", "gauge", "Parcels by state; delivered since the start of the process.");
  Line(out, "parcels", "{state=\"open\"}", parcels_open);
  Line(out, "parcels", "{state=\"delivered\"}", parcels_delivered);
  return out;
}

}  // namespace crossguard::server
