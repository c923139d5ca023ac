// The CSV form of a hash list (RFC 4180 quoting; `,` `;` or tab found from the header). See list_import.h.
#pragma once

#include "match/list_row.h"
#include "model/json_stream.h"

namespace crossguard::match {

constexpr size_t kListColumnsMax = 256;

// kInvalid: no header that names a digest, a column named twice, or a quote that never closes.
Status ReadCsvList(const JsonSource& source, ListHeader& header, const OnRawRow& on_row);

}  // namespace crossguard::match
