// Private to src/drawing: a library that is opened when it is first needed, so that no program loads it, or must have
// it at hand, that does not draw.
#pragma once

#include <dlfcn.h>

#include <string>

#include "base/error.h"

namespace crossguard::drawing {

class SharedLibrary {
 public:
  // file: as the loader knows it, "libheif.so.1".
  explicit SharedLibrary(const std::string& file) : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {}
  bool there() const { return handle_ != nullptr; }
  template <typename Function>
  void Find(const char* name, Function& out) const {
    CHECK(handle_ != nullptr && "EncodersAreThere() of drawing.h says what to install");
    out = reinterpret_cast<Function>(dlsym(handle_, name));
    CHECK(out != nullptr);
  }

 private:
  void* handle_;  // for as long as the process lives
};

}  // namespace crossguard::drawing
