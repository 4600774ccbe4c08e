/** Characters of a username: letters, marks and numbers of any script, and no invisible ones. */
export const USERNAME =
  /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{N}\p{M}._+@-]*$/u;

/** Length of a username. Characters. */
export const USERNAME_LENGTH = { min: 3, max: 64 } as const;
