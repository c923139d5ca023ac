// Inside of the room: one rule per type. Each takes folded or raw text as its line says and knows nothing of the
// others.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace crossguard::selector_rules {

Result<std::string> Email(std::string_view folded);
Result<std::string> Phone(std::string_view raw, std::string_view default_country, std::string_view calling_code);
Result<std::string> ProfileUrl(std::string_view raw);
Result<std::string> Ip(std::string_view raw);
Result<std::string> DeviceId(std::string_view raw, std::string_view id_type);
Result<std::string> Payment(std::string_view raw, std::string_view id_type);

// The host of a mail address or URL: IDNA 2008 (UTS 46 non-transitional) as A-labels in lower case, without the last
// dot.
Result<std::string> Host(std::string_view folded);

std::string_view Trim(std::string_view text);  // ASCII white space

}  // namespace crossguard::selector_rules
