// Private to intake: what the columns of a table are called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crossguard::intake {

// "Report ID", "report-id" and "REPORT_ID" are "reportid"; another name that is in use for a column of the format
// ("IP address") is that column ("ip"); anything else is its letters and digits.
std::string ColumnKey(std::string_view name);

// The keys of a header line (without its line end): the first separator outside of quotes separates.
std::vector<std::string> HeaderKeys(std::string_view line);

}  // namespace crossguard::intake
