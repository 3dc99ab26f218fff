/* Runs a fuzz target over files and folders of seeds, for compilers without libFuzzer: a test of every seed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { SEED_BYTES_MAX = 16 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

static int replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = size <= SEED_BYTES_MAX ? malloc(size + 1) : NULL;
    int status = EXIT_FAILURE;
    if (file != NULL && bytes != NULL) {
        size_t length = fread(bytes, 1, size, file);
        (void)LLVMFuzzerTestOneInput(bytes, length);
        status = EXIT_SUCCESS;
    } else {
        (void)fprintf(stderr, "cannot read %s\n", path);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(bytes);
    return status;
}

static int replay_folder(const char *path, size_t *count)
{
    DIR *folder = opendir(path);
    int status = EXIT_SUCCESS;
    if (folder == NULL) {
        (void)fprintf(stderr, "cannot list %s\n", path);
        return EXIT_FAILURE;
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[PATH_BYTES_MAX];
        struct stat facts;
        int length = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof(name) || stat(name, &facts) != 0 ||
            !S_ISREG(facts.st_mode)) {
            continue;
        }
        (*count)++;
        if (replay_file(name, (size_t)facts.st_size) != EXIT_SUCCESS) {
            status = EXIT_FAILURE;
        }
    }
    (void)closedir(folder);
    return status;
}

int main(int count, char **arguments)
{
    int status = EXIT_SUCCESS;
    size_t seeds = 0;
    for (int i = 1; i < count; i++) {
        if (replay_folder(arguments[i], &seeds) != EXIT_SUCCESS) {
            status = EXIT_FAILURE;
        }
    }
    (void)printf("%zu seeds\n", seeds);
    return status;
}
