/* Reads frames (width, height as 32-bit little endian, then grey bytes) from
 * standard input with libzbar, QR codes only and at its densest setting, and
 * prints for each the microseconds of CPU it took and the codes it found. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zbar.h>

static long micros(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

int main(void)
{
	zbar_image_scanner_t *scanner = zbar_image_scanner_create();
	uint32_t size[2];

	zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
	zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
	while (fread(size, sizeof size, 1, stdin) == 1) {
		size_t length = (size_t)size[0] * size[1];
		unsigned char *grey = malloc(length);
		if (!grey || fread(grey, 1, length, stdin) != length)
			return 1;
		long began = micros();
		zbar_image_t *image = zbar_image_create();
		zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
		zbar_image_set_size(image, size[0], size[1]);
		zbar_image_set_data(image, grey, length, NULL);
		zbar_scan_image(scanner, image);
		printf("%ld", micros() - began);
		for (const zbar_symbol_t *s = zbar_image_first_symbol(image); s; s = zbar_symbol_next(s))
			printf(" %s", zbar_symbol_get_data(s));
		printf("\n");
		zbar_image_destroy(image);
		free(grey);
	}
	return 0;
}
