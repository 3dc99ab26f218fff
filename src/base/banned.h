/* Makes calls that invite mistakes fail to compile. Included into every file by the build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok gmtime localtime asctime
#pragma GCC poison ctime atoi atol atof rand srand gets

#endif
