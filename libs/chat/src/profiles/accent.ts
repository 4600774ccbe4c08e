/** The least contrast of what is no text to what is around it (WCAG 2.2, 1.4.11). */
const LEAST_CONTRAST = 3;

/** Luminances. */
const WHITE = 1;
const BLACK = 0;

/** Whether a colour, as `#RRGGBB`, can be told from a white and from a black background. */
export function isVisible(accent: string): boolean {
  const luminance = luminanceOf(accent);
  return (
    contrast(WHITE, luminance) >= LEAST_CONTRAST && contrast(luminance, BLACK) >= LEAST_CONTRAST
  );
}

/** As WCAG 2.2 defines it. */
function luminanceOf(accent: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(accent.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(lighter: number, darker: number): number {
  return (lighter + 0.05) / (darker + 0.05);
}
