// Private to intake: documents in UTF-16, as spreadsheets and some exporters write them. XML needs none of this; its
// parser reads what the document declares.
#pragma once

#include <memory>

#include "intake/dialect.h"

namespace crossguard::intake {

enum class Utf16 : uint8_t { kNo, kLittle, kBig };

// By the byte order mark, or by the zero beside the first character, which is in ASCII in every document that is read.
Utf16 GuessUtf16(ByteView head);

// Hands UTF-8 on to the reader; bytes of any other document as they are. A half of a pair alone becomes a byte that is
// no UTF-8: the record that holds it is quarantined, not repaired.
std::unique_ptr<Dialect> InUtf8(std::unique_ptr<Dialect> reader);

}  // namespace crossguard::intake
