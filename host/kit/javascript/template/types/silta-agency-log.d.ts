declare module 'silta:agency/log@0.1.0' {
  /**
   * Writes one line. Line breaks and control characters are replaced. The bytes of a call's lines are limited, and a call that goes over ends.
   */
  export function write(level: Level, message: string): void;
  /**
   * How much a line matters.
   * # Variants
   * 
   * ## `"debug"`
   * 
   * For the component's developer.
   * ## `"info"`
   * 
   * A normal event worth a line.
   * ## `"warning"`
   * 
   * Something odd that was coped with.
   * ## `"error"`
   * 
   * Something an operator must look at.
   */
  export type Level = 'debug' | 'info' | 'warning' | 'error';
}
