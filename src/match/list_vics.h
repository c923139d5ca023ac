// The VICS-shaped JSON form of a hash list, 1.x and 2.0, as real exports look (the specification is not public). See
// list_import.h.
#pragma once

#include "match/list_row.h"
#include "model/json_stream.h"

namespace crossguard::match {

// Rows are the Media of root `value[]`, or of `value[].Media[]` where the document holds cases. kInvalid without a
// `value` array.
Status ReadVicsList(const JsonSource& source, ListHeader& header, const OnRawRow& on_row);

}  // namespace crossguard::match
