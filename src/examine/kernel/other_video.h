// The rarer containers of video, by their marks: what recorders, players, old computers and the early web wrote. All
// are one kind (Kind::kOtherVideo); which of them a file is says the name that libavformat has for it.
#pragma once

#include <string_view>
#include <vector>

namespace crossguard::examine {

// libavformat's name of the one format that the beginning of a file is marked as; nullptr: none of these. Only marks
// that nothing else begins with are known here: what libavformat itself would have to guess at stays unknown.
const char* OtherVideoFormat(std::string_view head);
std::vector<const char*> OtherVideoFormats();  // all that it may give

// MPEG-4 visual as a bare stream (ISO/IEC 14496-2, 6.2).
bool IsMpeg4Stream(std::string_view head);

// Flash (SWF), as it is or deflated.
bool IsFlash(std::string_view head);

}  // namespace crossguard::examine
