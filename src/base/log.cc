#include "base/log.h"

namespace crossguard {

void Log::Event(Literal event, std::initializer_list<LogField> fields) const {
  if (stream_ == nullptr) return;
  std::string line = "{\"event\":\"" + std::string(event.text()) + '"';
  for (const LogField& field : fields) {
    line += ",\"" + std::string(field.name()) + "\":" + field.json();
  }
  line += "}\n";
  std::fwrite(line.data(), 1, line.size(), stream_);
}

}  // namespace crossguard
